"""What a person chose once for all of their paintings, and what of it each job carries."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any, Final, Self, TypeVar

from core.style.options import Colours, Options, Preset

E = TypeVar("E", bound=StrEnum)
D = TypeVar("D")


class Part(StrEnum):
    """A message that a result is sent in."""

    PHOTO = "photo"
    DOCUMENT = "document"


class Form(StrEnum):
    """What a result is sent as."""

    BOTH = "both"
    PHOTO = "photo"
    FILE = "file"

    @property
    def parts(self) -> tuple[Part, ...]:
        """The messages that the person wants, in their order."""
        return {
            Form.BOTH: (Part.PHOTO, Part.DOCUMENT),
            Form.PHOTO: (Part.PHOTO,),
            Form.FILE: (Part.DOCUMENT,),
        }[self]


class Sound(StrEnum):
    """Which messages about a painting the phone makes a sound for."""

    ALL = "all"
    RESULTS = "results"
    NONE = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class Handover:
    """How a result reaches its person. A job carries its own, so that later choices do not confuse it.

    Attributes:
        form: As what it is sent.
        sound: Whether it may be heard.
    """

    form: Form = Form.BOTH
    sound: Sound = Sound.RESULTS

    def to_json(self) -> str:
        """Only what differs from the defaults."""
        return _changes(self, AS_USUAL)

    @classmethod
    def from_json(cls, text: str) -> Self:
        """The inverse; what cannot be read is as it is for everybody."""
        kept, default = _read(text), AS_USUAL
        return cls(
            form=_one_of(Form, kept.get("form"), default.form),
            sound=_one_of(Sound, kept.get("sound"), default.sound),
        )


AS_USUAL: Final = Handover()


@dataclass(frozen=True, slots=True, kw_only=True)
class Preferences:
    """One person's choices for new paintings.

    Attributes:
        preset: The one that is offered first; None for none in particular.
        strength: From 0 (the photo) to 1 (all style).
        colours: Whose colours a painting has.
        form: As what a result is sent.
        sound: Which messages may be heard.
        language: An IETF code; None for what the person's Telegram speaks.
    """

    preset: Preset | None = None
    strength: float = Options().strength
    colours: Colours = Colours.STYLE
    form: Form = Form.BOTH
    sound: Sound = Sound.RESULTS
    language: str | None = None

    @property
    def handover(self) -> Handover:
        """How new results are to be sent."""
        return Handover(form=self.form, sound=self.sound)

    def options(self, preset: Preset) -> Options:
        """A new painting's choices."""
        return Options(preset=preset, strength=self.strength, colours=self.colours)

    def to_json(self) -> str:
        """Only what differs from the defaults."""
        return _changes(self, EVERYBODYS)

    @classmethod
    def from_json(cls, text: str) -> Self:
        """The inverse. What is unknown, out of range or of an older or newer version is as it is for everybody."""
        kept, default = _read(text), EVERYBODYS
        language = kept.get("language")
        return cls(
            preset=_one_of(Preset, kept.get("preset"), None),
            strength=_share(kept.get("strength"), default.strength),
            colours=_one_of(Colours, kept.get("colours"), default.colours),
            form=_one_of(Form, kept.get("form"), default.form),
            sound=_one_of(Sound, kept.get("sound"), default.sound),
            language=language if isinstance(language, str) and language else None,
        )


EVERYBODYS: Final = Preferences()
"""Those of somebody who chose nothing."""


def _changes(value: Any, default: Any) -> str:  # noqa: ANN401
    usual = asdict(default)
    changed = {name: one for name, one in asdict(value).items() if one != usual[name]}
    return json.dumps(changed, separators=(",", ":"))


def _read(text: str) -> dict[str, Any]:
    try:
        kept = json.loads(text)
    except ValueError:
        return {}
    return kept if isinstance(kept, dict) else {}


def _one_of(kind: type[E], value: object, default: D) -> E | D:
    return next((one for one in kind if one == value), default)


def _share(value: object, default: float) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return default
    return float(value) if 0 <= value <= 1 else default
