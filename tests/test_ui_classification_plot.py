"""The figure of a classified case: what is drawn where, and what its words say."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from assistant import results
from assistant.data.series import Series
from assistant.exports import class_table
from tests.ui_fakes import class_document, make_answer
from ui.alternatives import summary, table
from ui.classification_plot import class_counts, classification_figure
from ui.plots import figure


def document(**changes: Any) -> dict[str, Any]:
    """A case of two channels and six steps, its third to fourth step deciding, with one example."""
    near = [
        {"index": 4, "label": "shake", "distance": 0.1, "values": ()},
        {"index": 7, "label": "tap", "distance": 0.2, "values": ((1.0, 2.0, 3.0), (0.0, 1.0, 0.0))},
    ]
    plain = results.Classification(
        series="case 1",
        label="tap",
        probabilities={"tap": 0.8, "shake": 0.2},
        model="taps",
        accuracy=0.9,
        plain_accuracy=0.8,
        neighbours=tuple(near),
        second="shake",
        strangeness=0.4,
        stretch=results.Stretch(start=2, end=3, drop=0.45),
        saliency=(0.0, -0.1, 0.45, 0.45, 0.2, 0.0),
        channels=(0, 2),
        steps=(0, 1, 2, 3, 4, 5),
        values=((1.0, 2.0, None, 2.0, 1.0, 2.0), (0.0, 1.0, 0.0, 1.0, 0.0, 1.0)),
    )
    return {**plain.model_dump(mode="json"), **changes}


def test_each_channel_has_a_panel_over_one_axis_and_the_bars_are_below() -> None:
    drawing = figure(document(), {})
    assert drawing is not None
    bars, *traces = drawing.data
    assert (list(bars.y), list(bars.x)) == (["shake", "tap"], [0.2, 0.8])
    assert [trace.yaxis for trace in traces] == ["y2"] * 3 + ["y3"] * 3
    assert {trace.xaxis for trace in traces} == {"x2"}
    assert drawing.layout.yaxis.domain[1] < drawing.layout.yaxis3.domain[0] < drawing.layout.yaxis2.domain[0]
    assert [drawing.layout.yaxis2.title.text, drawing.layout.yaxis3.title.text] == ["channel 1", "channel 3"]
    assert drawing.layout.title.text == "case 1: tap"


def test_channels_are_called_as_in_the_file() -> None:
    drawing = figure(document(channel_names=("acc_x", "")), {})
    assert drawing is not None
    assert [drawing.layout.yaxis2.title.text, drawing.layout.yaxis3.title.text] == ["acc_x", "channel 3"]


def test_long_names_that_begin_alike_have_a_bar_each() -> None:
    above, below = (f"standing still: left arm raised {where} the shoulder" for where in ("above", "below"))
    ends = "standing still: left arm raised, palm up", "standing still: left arm raised, palm down"
    shares = {above: 0.4, below: 0.3, ends[0]: 0.1, ends[1]: 0.1, "walk": 0.1}
    drawing = figure(document(label=above, probabilities=shares), {})
    assert drawing is not None
    bars = drawing.data[0]
    assert sorted(bars.y) == sorted(
        [
            "standing still:…ve the shoulder", "standing still:…ow the shoulder", "standing still:…raised, palm up",
            "standing still:…ised, palm down", "walk",
        ]
    )  # fmt: skip
    assert set(bars.customdata) == set(shares)
    assert drawing.layout.title.text == f"case 1: {above}"
    alike = {f"{'a' * 20}{middle}{'b' * 20}": 0.5 for middle in "xy"}
    drawing = figure(document(label="tap", probabilities=alike), {})
    assert drawing is not None
    assert list(drawing.data[0].y) == [f"{'a' * 16}…{'b' * 15}", f"{'a' * 16}…{'b' * 15} (2)"]


def test_points_carry_what_hiding_them_costs_and_gaps_stay_open() -> None:
    drawing = figure(document(), {})
    example, line, points = drawing.data[1:4]
    assert list(points.marker.color) == [0, 0, 0.45, 0.45, 0.2, 0]
    assert points.marker.cmax == 0.45
    assert np.isnan(line.y[2])
    assert list(line.x) == [1, 2, 3, 4, 5, 6]
    assert "time step 4" in line.text[3]
    assert "45.0 points" in line.text[3]
    assert list(example.x) == [1, 3.5, 6]
    assert example.name == "nearest training example (tap)"
    assert list(example.y) == [1, 2, 3]


def test_the_deciding_stretch_is_shaded_in_every_panel() -> None:
    shapes = figure(document(), {}).layout.shapes
    assert [(shape.x0, shape.x1, shape.yref) for shape in shapes] == [(3, 4, "y2 domain"), (3, 4, "y3 domain")]
    assert shapes[0].label.text == "decided"
    none = figure(document(stretch=None), {})
    assert none.layout.shapes == ()
    assert all(trace.mode == "lines" for trace in none.data[1:])


def test_times_are_times() -> None:
    times = pd.date_range("2024-03-01", periods=6, freq="h")
    steps = [moment.isoformat() for moment in times]
    stretch = {"start": steps[2], "end": steps[3], "drop": 0.45}
    series = Series("case 1", times, np.arange(6.0), "h", "mV")
    drawing = figure(document(steps=steps, stretch=stretch), {"case 1": series})
    assert drawing.data[2].x[0] == times[0]
    assert drawing.data[1].x[-1] == times[-1]
    assert (drawing.layout.shapes[0].x0, drawing.layout.shapes[0].x1) == (times[2], times[3])
    assert "1 March 2024, 03:00<br>2 mV" in drawing.data[2].text[3]
    assert "1 March 2024, 02:00 to 1 March 2024, 03:00" in summary(document(steps=steps, stretch=stretch), {"case 1": series})


def test_an_example_on_another_scale_is_drawn_on_the_cases_own_and_says_so() -> None:
    far = document(channels=(0,), values=((0.0, 1.0, 0.0, 1.0, 0.0, 1.0),))
    far["neighbours"] = [{"index": 1, "label": "tap", "distance": 0.1, "values": [[1000.0, 3000.0, 1000.0, 3000.0]]}]
    trace = figure(far, {}).data[1]
    assert trace.name == "nearest training example (tap), rescaled"
    assert list(trace.y) == pytest.approx([0, 1, 0, 1])


@pytest.mark.parametrize(
    ("changes", "title", "said"),
    [
        ({}, "case 1: tap", "Shaded is what decided, time step 3 to time step 4: hidden, the probability falls by 45.0 points."),
        ({"unsure": True}, "case 1: tap, unsure", "The class is unsure."),
        ({"strange": True, "stretch": None}, "case 1: unlike the training examples", "unlike anything the model was trained on"),
    ],
)
def test_words_and_title_say_how_sure_it_is(changes: dict[str, Any], title: str, said: str) -> None:
    found = document(**changes)
    assert figure(found, {}).layout.title.text == title
    assert said in summary(found, {})
    assert "number 8 (tap)" in summary(found, {})
    assert "2 channels over a bar chart of class probabilities: tap 80.0 %; shake 20.0 %" in summary(found, {})
    assert table(found, {}).splitlines()[2] == "| tap | 80.0 % |"


def test_bars_alone_where_no_values_were_kept_and_nothing_without_classes() -> None:
    drawing = classification_figure(document(values=(), steps=(), channels=()), {})
    assert [trace.type for trace in drawing.data] == ["bar"]
    assert drawing.layout.showlegend is False
    assert classification_figure(document(probabilities={}), {}) is None


def test_many_classes_are_the_likeliest_and_hostile_names_are_cleaned() -> None:
    shares = {f"class {number}": (number + 1) / 210 for number in range(19)} | {"<img src=x>": 0.1}
    drawing = classification_figure(document(probabilities=shares, label="<img src=x>"), {})
    assert len(drawing.data[0].y) == 8
    assert not any("<" in name for name in drawing.data[0].y)


def test_many_cases_are_bars_of_their_classes_the_commonest_on_top() -> None:
    cases = [class_document(f"case {row}", "tap" if row % 4 else "shake", 0.8) for row in range(16)]
    odd, doubtful = cases[0] | {"strange": True}, cases[4] | {"unsure": True}
    plan = [{"agent": "classifier", "args": {"about": "counts"}}]
    counts = class_counts(make_answer("s", plan=plan, results=[odd, *cases[1:4], doubtful, *cases[5:]]), 8)
    assert counts is not None
    drawing = figure(counts, {})
    assert drawing is not None
    (bars,) = drawing.data
    assert (list(bars.y), list(bars.x)) == (["unlike any", "shake", "tap"], [1, 3, 12])
    assert bars.marker.color[0] != bars.marker.color[1] == bars.marker.color[2]
    assert summary(counts, {}) == (
        "Bar chart of the classes of 16 cases: tap 12; shake 3. Of these, 1 is unsure. 1 is unlike what the model was "
        "trained on, and counted to no class."
    )
    assert "| tap | 12 |" in table(counts, {})
    assert "| unlike any | 1 |" in table(counts, {})


@pytest.mark.parametrize(
    ("count", "about", "changes"), [(12, "classes", {}), (16, "doubts", {}), (16, "classes", {"strange": True})]
)
def test_few_cases_and_other_questions_need_no_counting(count: int, about: str, changes: dict[str, Any]) -> None:
    cases = [class_document(f"case {row}", "tap", 0.8) | changes for row in range(count)]
    plan = [{"agent": "classifier", "args": {"about": about}}]
    assert class_counts(make_answer("s", plan=plan, results=cases), 12) is None


def test_answers_of_older_versions_are_counted_too() -> None:
    older = [
        {"kind": "classification", "series": f"case {row}", "label": "tap", "probabilities": {"tap": 1.0}} for row in range(9)
    ]
    counts = class_counts(make_answer("s", plan=[{"agent": "classifier", "args": {"about": "classes"}}], results=older), 8)
    assert counts == {"kind": "class_counts", "counts": {"tap": 9}, "unsure": 0, "strange": 0}
    assert class_table(older)["unsure"].tolist() == ["no"] * 9
