"""The files of a conversation: added, listed, and read again under other options."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from assistant.data.series import Limits, ReadOptions, Series
from assistant.errors import FileRejected, NotFound
from assistant.records_rows import SessionRecord
from assistant.uploads import UploadReport, read_upload, recorded_upload

if TYPE_CHECKING:
    from assistant.data.workspace import Workspace
    from assistant.services import Services


class Intake:
    """What takes files into one session. One change at a time of an owner's, and none once `closed()` says so."""

    def __init__(self, services: Services, record: SessionRecord, workspace: Workspace, closed: Callable[[], bool]) -> None:
        self._services = services
        self._record = record
        self._workspace = workspace
        self._closed = closed

    def uploads(self) -> tuple[UploadReport, ...]:
        """The files, in the order in which they came."""
        return tuple(recorded_upload(record) for record in self._services.records.uploads(self._record.id))

    def upload(self, upload_id: str) -> UploadReport:
        """One file. Raises NotFound."""
        for upload in self.uploads():
            if upload.upload_id == upload_id:
                return upload
        raise NotFound("That file is not part of this conversation.")

    def series(self, name_or_id: str) -> Series:
        """A loaded series by its name or id. Raises NotFound."""
        for upload in self.uploads():
            for ref in upload.series:
                if name_or_id in (ref.id, ref.name):
                    return self._workspace.series(ref)
        raise NotFound(f"No series called {name_or_id!r} is loaded in this conversation.")

    async def add(self, path: Path, name: str, options: ReadOptions) -> UploadReport:
        """Read a file and keep it. Raises FileRejected, QuotaExceeded, NotFound (session deleted); then nothing is kept."""
        records, session, owner = self._services.records, self._record.id, self._record.owner
        try:
            size = path.stat().st_size
        except OSError as error:
            raise FileRejected(f"Expected a file, found none that can be read at {path.name!r}. Choose it again.") from error
        # Two files at once could fit singly and exceed the quota together.
        async with self._services.adding(owner):
            self._require_open()
            records.require_room(session, owner, size)
            report = await self._services.off_loop(lambda: self._read(path, name, options))
            self._keep(report, path)
            if len(self.uploads()) == 1 and not records.session(session, owner).title:
                records.rename(session, owner, report.file_name)
        return report

    async def reread(self, upload_id: str, options: ReadOptions) -> UploadReport:
        """Read a file again; its series take the old ones' place, in the episodes too.

        Raises FileRejected, keeping the old reading; NotFound for a file that is not there or a deleted session.
        """
        services = self._services
        async with services.adding(self._record.owner):
            self._require_open()
            old = self.upload(upload_id)
            path = await services.off_loop(lambda: self._workspace.upload_path(upload_id))
            report = await services.off_loop(lambda: self._read(path, old.file_name, options, upload_id))
            self._keep(report, path)
            kept = {ref.id for upload in self.uploads() for ref in upload.series}
            # The old reading's stretches stand under dates that were never true; a search must not come upon them.
            gone = {ref.id for ref in old.series} - kept
            if gone:
                await services.off_loop(lambda: services.forget_episodes(self._record, gone))
        return report

    def _require_open(self) -> None:
        if self._closed():
            raise NotFound("This conversation was deleted. Start another one.")

    def _read(self, path: Path, name: str, options: ReadOptions, upload_id: str | None = None) -> UploadReport:
        limits = Limits(file_bytes=self._services.settings.file_bytes)
        return read_upload(self._workspace, self.uploads(), path, name, options, limits, upload_id)

    def _keep(self, report: UploadReport, path: Path) -> None:
        self._services.records.add_upload(
            self._record.id,
            report.upload_id,
            report.file_name,
            path.stat().st_size,
            report.upload_id[:64],
            report.options,
            report.series,
            report.notes(),
        )
