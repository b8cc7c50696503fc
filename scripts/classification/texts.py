"""What the archive's sets are about, in our own words: a sentence on each set and on each class.

Only what the archive or the sets' own documentation says. Where a class is known by its number alone, so it is here.
Source: Bagnall et al. (2018), The UEA multivariate time series classification archive, and the sources it names for each set.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

GENERAL_DOMAIN = "The series are measurements of one labelled event or state each."

DOMAINS: Mapping[str, str] = {
    "ArticularyWordRecognition": "Sensors on the tongue and lips of a speaker give their positions while one word is spoken.",
    "AtrialFibrillation": "Two leads of an electrocardiogram show five seconds of a heart in atrial fibrillation.",
    "BasicMotions": "A smart watch gives acceleration and rotation along three axes each while its wearer moves.",
    "CharacterTrajectories": "A pen on a tablet gives the changes of its place and its tip's force while one letter is written.",
    "ECG5000": "One heartbeat of a patient with heart failure, cut from an electrocardiogram and brought to a common length.",
    "Epilepsy": "An accelerometer on the wrist of a healthy participant records an activity or an imitated epileptic seizure.",
    "FaceDetection": "A magnetoencephalogram follows a person's brain while a face or a scrambled picture is shown.",
    "Handwriting": "A smart watch on the writing arm gives acceleration along three axes while one letter is written.",
    "Heartbeat": "The spectrogram of a heart sound, recorded on the chest, has one channel for each band of frequencies.",
    "JapaneseVowels": "Twelve coefficients of the sound's spectrum follow a male speaker uttering two Japanese vowels in a row.",
    "NATOPS": "Positions of hands, elbows, wrists and thumbs follow a person giving a signal for handling aircraft on deck.",
    "PEMS-SF": "Sensors on the freeways around San Francisco give the share of time each lane is occupied over one day.",
    "PenDigits": "A pen on a tablet passes eight points of its path, each across and up, while one digit is written.",
    "SelfRegulationSCP1": "Slow cortical potentials in the electroencephalogram of a healthy person steering a cursor.",
    "SelfRegulationSCP2": "Slow cortical potentials in the electroencephalogram of a paralysed person steering a cursor.",
    "SpokenArabicDigits": "Thirteen coefficients of the sound's spectrum follow a speaker saying one digit in Arabic.",
    "StandWalkJump": "Bands of the spectrogram of an electrocardiogram, taken while a healthy person does one activity.",
    "UWaveGestureLibrary": "An accelerometer in the hand records one of eight simple gestures along three axes.",
}

_SEIZURE_ACTIVITIES = {
    "EPILEPSY": "The participant imitates an epileptic seizure.",
    "WALKING": "The participant is walking.",
    "RUNNING": "The participant is running.",
    "SAWING": "The participant is sawing.",
}
_MOTIONS = {
    "Standing": "The wearer is standing still.",
    "Walking": "The wearer is walking.",
    "Running": "The wearer is running.",
    "Badminton": "The wearer is playing badminton.",
}
_DECK_SIGNALS = ("I have command", "All clear", "Not clear", "Spread wings", "Fold wings", "Lock wings")
_HEARTBEATS = (
    ("normal", "The heartbeat is normal."),
    ("R-on-T premature", "The ventricle beats too early, upon the wave of the beat before."),
    ("premature ventricular", "The ventricle beats too early."),
    ("supraventricular", "The heart beats too early or from a wrong place above the ventricles."),
    ("unclassified", "The heartbeat could not be classified."),
)
_DIGITS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
_SINGLE_STROKE_LETTERS = "abcdeghlmnopqrsuvwyz"
_CURSOR = {
    "negativity": "The cortical potential goes to the negative side, which moves the cursor up.",
    "positivity": "The cortical potential goes to the positive side, which moves the cursor down.",
}


def _numbered(count: int, sentence: str, decimal: str = "") -> dict[str, str]:
    """Sentences for classes that are known by their number only. decimal: what the archive writes behind the number."""
    return {f"{number}{decimal}": sentence.format(number) for number in range(1, count + 1)}


CLASS_TEXTS: Mapping[str, Mapping[str, str]] = {
    "ArticularyWordRecognition": _numbered(25, "The speaker says word number {} of twenty-five.", ".0"),
    "AtrialFibrillation": {
        "n": "The fibrillation goes on for at least an hour after the recording.",
        "s": "The fibrillation ends by itself at least a minute after the recording.",
        "t": "The fibrillation ends by itself within a second after the recording.",
    }
    | _numbered(3, "The fibrillation ends in manner number {} of three."),
    "BasicMotions": _MOTIONS,
    "CharacterTrajectories": {
        str(number): f"The pen writes the letter {letter}." for number, letter in enumerate(_SINGLE_STROKE_LETTERS, start=1)
    },
    "ECG5000": {str(number): sentence for number, (_, sentence) in enumerate(_HEARTBEATS, start=1)},
    "Epilepsy": _SEIZURE_ACTIVITIES,
    "FaceDetection": {"0": "The person sees a scrambled picture.", "1": "The person sees a face."},
    "Handwriting": {
        f"{number}.0": f"The hand writes the letter {letter}."
        for number, letter in enumerate("abcdefghijklmnopqrstuvwxyz", start=1)
    },
    "Heartbeat": {"normal": "The heart sounds healthy.", "abnormal": "The heart sound points to a disease of the heart."},
    "JapaneseVowels": _numbered(9, "Speaker number {} of nine is talking."),
    "NATOPS": {f"{number}.0": f"The signal means: {signal}." for number, signal in enumerate(_DECK_SIGNALS, start=1)},
    "PEMS-SF": _numbered(7, "The traffic is that of day number {} of the week.", ".0"),
    "PenDigits": {str(digit): f"The pen writes the digit {word}." for digit, word in enumerate(_DIGITS)},
    "SelfRegulationSCP1": _CURSOR,
    "SelfRegulationSCP2": _CURSOR,
    "SpokenArabicDigits": _numbered(10, "The speaker says digit number {} of ten."),
    "StandWalkJump": {
        "standing": "The person is standing.",
        "walking": "The person is walking.",
        "jumping": "The person is jumping.",
    }
    | _numbered(3, "The person does activity number {} of three: standing, walking or jumping."),
    "UWaveGestureLibrary": _numbered(8, "The hand makes gesture number {} of eight.", ".0"),
}
# What numbered classes are called, where a model is to be shown to people.
CLASS_NAMES: Mapping[str, Mapping[str, str]] = {
    "ECG5000": {str(number): name for number, (name, _) in enumerate(_HEARTBEATS, start=1)},
    "NATOPS": {f"{number}.0": signal for number, signal in enumerate(_DECK_SIGNALS, start=1)},
}


def domain(dataset: str) -> str:
    """One sentence on where a set's series come from; a general one for a set that is not listed."""
    return DOMAINS.get(dataset, GENERAL_DOMAIN)


def class_texts(dataset: str, classes: Sequence[str]) -> dict[str, str]:
    """Class → sentence for those of the classes that have one, whether numbers are written as 1, as 1.0 or as `class_name` says.

    A class without one is left to HiTime's general sentence.
    """
    known = {_bare(label): sentence for label, sentence in CLASS_TEXTS.get(dataset, {}).items()}
    known |= {_bare(name): known[_bare(label)] for label, name in CLASS_NAMES.get(dataset, {}).items()}
    return {label: known[_bare(label)] for label in classes if _bare(label) in known}


def class_name(dataset: str, label: str) -> str:
    """What a numbered class is called; the label itself where no name is known."""
    return CLASS_NAMES.get(dataset, {}).get(label, label)


def _bare(label: str) -> str:
    """A label without the `.0` of a number and in small letters."""
    return label.removesuffix(".0").lower()
