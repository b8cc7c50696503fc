"""The data panel: the loaded series, how their files were read, and the fields that overrule it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import gradio as gr

from assistant.facts import clean_name
from ui.protocols import UploadLike
from ui.reading import FIELDS, Field, choices, guess_of, guesses_text, series_table, split_names

Update = Any


class DataPanel:
    """Builds the panel's components inside a `gr.Blocks` context and computes their updates.

    focus: the series that a question is about where it names none. file: which upload the reading below belongs to.
    fields: one a kind of guess, in the order of `reading.FIELDS`; those without a guess stay hidden.
    """

    def __init__(self) -> None:
        gr.Markdown("## Data", elem_classes=["panel-title"])
        self.series = gr.HTML(series_table(()), elem_id="series-table", padding=False)
        self.focus = gr.Dropdown(
            label="Ask about",
            info="Leave empty for all series.",
            choices=[],
            multiselect=True,
            visible=False,
            interactive=True,
            elem_id="focus",
        )
        with gr.Accordion("How the file was read", open=False, visible=False, elem_id="reading") as self.reading:
            self.file = gr.Dropdown(label="File", choices=[], visible=False, interactive=True)
            self.guesses = gr.HTML("<span></span>", padding=False)
            self.fields = [self._field(field) for field in FIELDS]
        self.components: list[gr.components.Component | gr.Accordion] = [
            self.series,
            self.focus,
            self.reading,
            self.file,
            self.guesses,
            *self.fields,
        ]

    @staticmethod
    def _field(field: Field) -> gr.Radio | gr.Dropdown:
        label = f"Change: {field.label.lower()}"
        if field.buttons:
            return gr.Radio(label=label, choices=[], visible=False, interactive=True)
        return gr.Dropdown(
            label=label, choices=[], multiselect=field.several, allow_custom_value=field.free, visible=False, interactive=True
        )

    def updates(self, uploads: Sequence[UploadLike], shown: str | None = None) -> list[Update]:
        """The values of `components` for a session's uploads; `shown` is the upload whose reading is open (None: the last)."""
        if not uploads:
            hidden = gr.update(visible=False)
            return [
                series_table(()),
                gr.update(visible=False, choices=[], value=[]),
                hidden,
                hidden,
                "",
                *(hidden for _ in FIELDS),
            ]
        upload = next((one for one in uploads if one.upload_id == shown), uploads[-1])
        names = [(clean_name(one.name), one.id) for each in uploads for one in each.series]
        files = [(clean_name(one.dataset_name), one.upload_id) for one in uploads]
        return [
            series_table(uploads),
            gr.update(visible=len(names) > 1, choices=names),
            gr.update(visible=True, open=bool(upload.questions)),
            gr.update(visible=len(files) > 1, choices=files, value=upload.upload_id),
            guesses_text(upload),
            *(self._field_update(upload, position) for position in range(len(FIELDS))),
        ]

    @staticmethod
    def _field_update(upload: UploadLike, position: int) -> Update:
        field = FIELDS[position]
        guess = guess_of(upload, field.what)
        if guess is None or not (guess.alternatives or field.free):
            return gr.update(visible=False, choices=[], value=None)
        open_question = guess in upload.questions
        chosen: str | list[str] | None = split_names(guess.chosen) if field.several else guess.chosen
        return gr.update(visible=True, choices=choices(guess, field.several), value=None if open_question else chosen)
