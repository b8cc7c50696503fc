"""The page: where things are and which event calls what. What the events do is in `ui.controller`."""

from __future__ import annotations

import html
from collections.abc import AsyncIterator, Awaitable, Callable
from functools import wraps
from typing import Any

import gradio as gr

from assistant.data.content import SUFFIXES
from assistant.errors import TidingsError
from assistant.facts import clean_name
from ui.controller import Controller, Pending, View
from ui.examples import EXAMPLES, SAMPLE_LABELS
from ui.panel import DataPanel
from ui.privacy import leaves_text, messages_text
from ui.reading import FIELDS
from ui.runs import unexpected

TITLE = "Tidings"
WELCOME = """### Ask your time series
Attach a CSV, Excel or Parquet file and ask in plain words: what a series does, what is unusual in it, what comes next.
Every number in an answer was computed, and the facts behind each sentence are a click away."""
FILE_TYPES = list(SUFFIXES)
PRIVATE = "private"
EMPTY: dict[str, Any] = {"text": "", "files": []}
# Runs when the page is loaded: on a narrow screen the list of conversations starts closed, for it would cover the chat.
SESSION_OF_ADDRESS = """() => {
  if (window.innerWidth < 768) document.querySelector('.sidebar.open .toggle-button')?.click();
  return new URLSearchParams(location.search).get('session') || '';
}"""
SESSION_TO_ADDRESS = "(id) => { history.replaceState(null, '', id ? '?session=' + encodeURIComponent(id) : location.pathname); }"

Updates = list[Any]


class Page:
    """Builds the page inside `blocks`, whose context must be open, and wires its events to a controller."""

    def __init__(self, blocks: gr.Blocks, controller: Controller, settings: Any) -> None:
        self.blocks = blocks
        self.controller = controller
        self.settings = settings
        self._lay_out()
        self.shown: list[Any] = [
            self.chat,
            self.box,
            self.session,
            self.sessions,
            self.remove,
            self.title,
            self.sent,
            self.downloads,
            self.pending,
            *self.panel.components,
        ]
        self._wire()

    def _lay_out(self) -> None:
        self.session = gr.Textbox(visible="hidden", elem_id="session-id", label="Session")
        self.pending: gr.State = gr.State(None)
        with gr.Sidebar(width=280, label="Conversations"):
            gr.Markdown("# Tidings\nA conversational analyst for time series", elem_id="brand")
            self.new = gr.Button("New conversation", variant="primary", size="md")
            self.sessions = gr.Radio(label="Conversations", choices=[], elem_id="sessions", visible=False, container=False)
            self.title = gr.Textbox(
                label="Title of this conversation", max_lines=1, max_length=80, visible=False, elem_id="title"
            )
            self.downloads = gr.Button("Save as a Python script", size="sm", link="/", visible=False, elem_id="downloads")
            self.remove = gr.Button("Delete this conversation", size="sm", visible=False)
            with gr.Column(visible=False, elem_id="removal") as self.confirm_removal:
                gr.Markdown("Delete this conversation with its files and answers? This cannot be undone.")
                with gr.Row():
                    self.keep = gr.Button("Keep it", size="sm")
                    self.really_remove = gr.Button("Delete", size="sm", variant="stop")
            with gr.Accordion("What leaves this machine", open=False):
                gr.Markdown(leaves_text(self.settings))
                self.sent = gr.Code(
                    messages_text(()),
                    language="json",
                    label="Exactly what was sent in this conversation",
                    interactive=False,
                    max_lines=24,
                    visible=self.settings.language_model == "openai",
                    elem_id="sent-messages",
                )
        with gr.Row(elem_id="desk"):
            with gr.Column(scale=5, min_width=320):
                self.chat = self._chat()
                self.box = gr.MultimodalTextbox(
                    value=EMPTY,
                    label="Your question",
                    placeholder="Ask about your data, or attach a file …",
                    file_count="multiple",
                    file_types=FILE_TYPES,
                    sources=["upload"],
                    max_lines=6,
                    autofocus=True,
                    elem_id="question",
                )
            with gr.Column(scale=3, min_width=320, elem_id="data"):
                self.panel = DataPanel()
                gr.Markdown("Try a sample", elem_classes=["quiet"])
                with gr.Row():
                    self.samples = {
                        name: gr.Button(SAMPLE_LABELS.get(name, name), size="sm", min_width=100)
                        for name in self.controller.samples()
                    }

    @staticmethod
    def _chat() -> gr.Chatbot:
        return gr.Chatbot(
            label="Conversation",
            show_label=False,
            elem_id="chat",
            height="calc(100dvh - 132px)",
            min_height=360,
            buttons=["copy_all"],
            sanitize_html=True,
            allow_tags=False,
            latex_delimiters=[],
            feedback_options=None,
            layout="panel",
            placeholder=WELCOME,
            examples=[{"text": example.question} for example in EXAMPLES],
        )

    def _wire(self) -> None:
        controller, panel = self.controller, self.panel
        loaded = [component for component in self.shown if component is not self.pending]
        self._then_answer(
            self.blocks.load(
                self._load, [self.session], loaded, js=SESSION_OF_ADDRESS, api_visibility=PRIVATE, show_progress="minimal"
            )
        )
        self.session.change(None, [self.session], None, js=SESSION_TO_ADDRESS, api_visibility=PRIVATE)
        self._then_answer(
            self.box.submit(
                self._streams(self._receive),
                [self.session, self.box],
                self.shown,
                api_visibility=PRIVATE,
                show_progress="hidden",
                # A question sent while the page still settles the last event must be heard, not dropped without a word.
                trigger_mode="multiple",
            )
        )
        self.box.stop(self._acts(controller.stop), [self.session], None, api_visibility=PRIVATE, queue=False)
        self._then_answer(
            self.chat.option_select(
                self._shows(self._choose), [self.session], self.shown, api_visibility=PRIVATE, show_progress="hidden"
            )
        )
        self._then_answer(
            self.chat.example_select(
                self._streams(self._example), [self.session], self.shown, api_visibility=PRIVATE, show_progress="hidden"
            )
        )
        for name, button in self.samples.items():
            button.click(
                self._streams(self._sample(name)), [self.session], self.shown, api_visibility=PRIVATE, show_progress="hidden"
            )
        self._then_answer(
            self.sessions.input(self._shows(controller.switch), [self.sessions], self.shown, api_visibility=PRIVATE)
        )
        self.new.click(self._shows(self._new), None, self.shown, api_visibility=PRIVATE)
        self._wire_session()
        panel.file.input(self._shows(self._other_file), [self.session, panel.file], self.shown, api_visibility=PRIVATE)
        for field, dropdown in zip(FIELDS, panel.fields, strict=True):
            dropdown.input(
                self._shows(self._overrule(field.what)), [self.session, panel.file, dropdown], self.shown, api_visibility=PRIVATE
            )

    def _wire_session(self) -> None:
        self.title.submit(
            self._shows(self.controller.rename),
            [self.session, self.title],
            self.shown,
            api_visibility=PRIVATE,
            show_progress="hidden",
        )
        question = [self.confirm_removal, self.remove]
        asked = (gr.update(visible=True), gr.update(visible=False))
        kept = (gr.update(visible=False), gr.update(visible=True))
        self.remove.click(lambda: asked, None, question, api_visibility=PRIVATE, queue=False)
        self.keep.click(lambda: kept, None, question, api_visibility=PRIVATE, queue=False)
        self.really_remove.click(
            lambda: gr.update(visible=False), None, [self.confirm_removal], api_visibility=PRIVATE, queue=False
        ).then(self._shows(self.controller.delete), [self.session], self.shown, api_visibility=PRIVATE)

    def _then_answer(self, event: Any) -> None:
        """After an event: answer what it left pending, then give the send button back, whatever happened."""
        outputs = [self.chat, self.box, self.sessions, self.pending, self.sent]
        event.success(
            self._answers(),
            [self.session, self.pending, self.panel.focus],
            outputs,
            api_visibility=PRIVATE,
            show_progress="hidden",
        ).then(lambda: gr.update(submit_btn=True, stop_btn=False), None, [self.box], api_visibility=PRIVATE, queue=False)

    async def _load(self, session_id: str, request: gr.Request) -> Updates:
        """Like the other events, but never touches `pending`, which a click may have set by now."""
        updates: Updates = await self._shows(self.controller.load)(session_id, request)
        return [update for component, update in zip(self.shown, updates, strict=True) if component is not self.pending]

    async def _receive(self, session_id: str, message: dict[str, Any] | None, request: gr.Request) -> AsyncIterator[View]:
        words = message or {}
        async for view in self.controller.receive(session_id, words.get("text") or "", words.get("files") or [], request):
            yield view

    async def _choose(self, session_id: str, event: gr.SelectData, request: gr.Request) -> View:
        return await self.controller.choose(session_id, str(event.value), request)

    async def _example(self, session_id: str, event: gr.SelectData, request: gr.Request) -> AsyncIterator[View]:
        question = event.value["text"] if isinstance(event.value, dict) else str(event.value)
        example = next((one for one in EXAMPLES if one.question == question), EXAMPLES[0])
        async for view in self.controller.sample(session_id, example.sample, example.question, request):
            yield view

    def _sample(self, name: str) -> Callable[[str, gr.Request], AsyncIterator[View]]:
        def load(session_id: str, request: gr.Request) -> AsyncIterator[View]:
            return self.controller.sample(session_id, name, "", request)

        return load

    async def _new(self, request: gr.Request) -> View:
        return await self.controller.switch("", request)

    async def _other_file(self, session_id: str, upload_id: str, request: gr.Request) -> View:
        view = await self.controller.switch(session_id, request)
        view.messages, view.shown_upload = None, upload_id
        return view

    def _overrule(self, what: str) -> Callable[..., Awaitable[View]]:
        async def change(session_id: str, upload_id: str, way: Any, request: gr.Request) -> View:
            return await self.controller.overrule(session_id, upload_id, what, way, request)

        return change

    def _answers(self) -> Callable[..., AsyncIterator[Updates]]:
        async def answer(
            session_id: str, pending: Pending | None, focus: list[str] | None, request: gr.Request
        ) -> AsyncIterator[Updates]:
            async for view in self.controller.answer(session_id, pending, tuple(focus or ()), request):
                running = view.sessions is None
                box = gr.update(submit_btn=not running, stop_btn=running)
                yield [view.messages, box, self._sessions(view), None, self._sent(view)]

        return _guarded_stream(answer, outputs=5)

    def _shows(self, handler: Callable[..., Awaitable[View | None]]) -> Callable[..., Awaitable[Updates]]:
        """An event's handler whose view becomes updates of `shown`, and whose errors become short messages."""

        @wraps(handler)
        async def shown(*arguments: Any) -> Updates:
            try:
                view = await handler(*arguments)
            except TidingsError as error:
                raise _shown_error(str(error)) from None
            except Exception:
                raise _shown_error(unexpected("handling a click")) from None
            return self._updates(view) if view is not None else [gr.skip() for _ in self.shown]

        return shown

    def _streams(self, handler: Callable[..., AsyncIterator[View]]) -> Callable[..., AsyncIterator[Updates]]:
        """The same for a handler that shows several views one after the other."""

        @wraps(handler)
        async def streamed(*arguments: Any) -> AsyncIterator[Updates]:
            async for view in handler(*arguments):
                yield self._updates(view)

        return _guarded_stream(streamed, outputs=len(self.shown))

    def _acts(self, handler: Callable[..., Awaitable[None]]) -> Callable[..., Awaitable[None]]:
        """The same for a handler that shows nothing."""

        @wraps(handler)
        async def acted(*arguments: Any) -> None:
            try:
                await handler(*arguments)
            except TidingsError as error:
                raise _shown_error(str(error)) from None
            except Exception:
                raise _shown_error(unexpected("handling a click")) from None

        return acted

    def _updates(self, view: View) -> Updates:
        """The values of `shown` for a view."""
        box: Any = gr.skip()
        if view.pending is not None:
            box = gr.update(value=EMPTY, submit_btn=False, stop_btn=True)
        elif view.clear:
            box = gr.update(value=EMPTY)
        panel = [gr.skip() for _ in self.panel.components]
        if view.uploads is not None:
            panel = self.panel.updates(view.uploads, view.shown_upload)
        chat = gr.skip() if view.messages is None else view.messages
        remove = gr.update(visible=bool(view.session_id))
        return [chat, box, view.session_id, self._sessions(view), remove, *self._about(view), view.pending, *panel]

    @staticmethod
    def _sessions(view: View) -> Any:
        if view.sessions is None:
            return gr.skip()
        choices = [(clean_name(session.title or "New conversation"), session.id) for session in view.sessions]
        return gr.update(choices=choices, value=view.session_id or None, visible=bool(choices))

    def _about(self, view: View) -> Updates:
        """The values of title, sent messages and download."""
        there = bool(view.session_id)
        download = gr.update(link=f"/download/{view.session_id}/script.zip", visible=there)
        return [gr.update(value=view.title, visible=there), self._sent(view), download]

    @staticmethod
    def _sent(view: View) -> Any:
        return gr.skip() if view.sent is None else messages_text(view.sent)


def _guarded_stream(handler: Callable[..., AsyncIterator[Updates]], outputs: int) -> Callable[..., AsyncIterator[Updates]]:
    """A streaming handler whose errors become short messages.

    One that shows nothing gives an update that changes nothing: without any, gradio would empty its outputs.
    """

    @wraps(handler)
    async def guarded(*arguments: Any) -> AsyncIterator[Updates]:
        shown = False
        try:
            async for updates in handler(*arguments):
                shown = True
                yield updates
        except TidingsError as error:
            raise _shown_error(str(error)) from None
        except Exception:
            raise _shown_error(unexpected("answering")) from None
        if not shown:
            yield [gr.skip() for _ in range(outputs)]

    return guarded


def _shown_error(text: str) -> gr.Error:
    return gr.Error(html.escape(text), title="That did not work", duration=None, print_exception=False)
