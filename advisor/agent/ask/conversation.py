"""From a question to a checked answer: the model calls tools, answers, and may mend it once."""

from __future__ import annotations

import time
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import msgspec

from advisor.agent.ask.chat import Call, Chat, Message, NoToolCalls, Reply
from advisor.agent.ask.check import Checked, check
from advisor.agent.ask.document import Answer, Asked, Problem, Record, Status
from advisor.agent.ask.numbers import numbers_in
from advisor.agent.ask.paths import leaves, outline
from advisor.agent.ask.prompt import READ, functions, system_text
from advisor.agent.tool import Job
from advisor.agent.toolbox import Toolbox
from advisor.errors import AdvisorError

SHOWN_CHARACTERS = 6_000
"""Of a record, at once: what a small model's context holds beside the rest."""
MOST_CALLS_AT_ONCE = 4
FREE_ARGUMENTS = ("limit", "max_time_s", "precision", "concurrency")
"""Arguments that state nothing about the team, and may be any number."""
_MEND = (
    "That answer is refused:\n{problems}\nMend it: state only numbers that stand in a record, each "
    "with its own citation [record path], or leave them out. Answer again in full."
)
_LAST = "No more tools. Answer now from the records that are there."


@dataclass(slots=True)
class Conversation:
    """One question to one model, with at most `most_steps` messages of it, until `deadline_s`."""

    question: str
    chat: Chat
    toolbox: Toolbox
    job: Job
    server: str
    most_steps: int
    deadline_s: float
    tell: Callable[[str], None] = lambda _: None
    shown_characters: int = SHOWN_CHARACTERS
    _records: list[Record] = field(default_factory=list)
    _messages: list[Message] = field(default_factory=list)
    _steps: int = 0

    def answer(self) -> Answer:
        """The answer, checked. Raises AdvisorError where the model cannot be asked at all."""
        tools = functions(self.toolbox.usable)
        self._messages = [
            {"role": "system", "content": system_text(self.chat.protocol, tools)},
            {"role": "user", "content": self.question},
        ]
        mended = False
        while True:
            try:
                reply = self._next(tools)
            except AdvisorError as error:
                if not self._records and self._steps <= 1:
                    raise
                return self._ended("unanswered", why=str(error))
            if reply is None:
                return self._ended("unanswered", why=f"no answer within {self.most_steps} steps")
            if reply.refusal:
                return self._ended("declined", why=reply.refusal)
            if reply.calls:
                self._call(reply)
                continue
            checked = check(reply.text, self._records)
            if not checked.problems:
                return self._ended("answered", checked)
            if mended or self._steps >= self.most_steps:
                return self._ended("refused", checked)
            mended = True
            self._have_mended(reply.text, checked, tools)

    def _have_mended(self, text: str, checked: Checked, tools: list[dict[str, Any]]) -> None:
        """Asks once more. A model that used no tool is asked for JSON, where it has to."""
        self.tell("The answer cites wrongly; the model may mend it once.")
        if not self._records and self.chat.protocol == "tool_calls":
            self.chat.protocol = "json"
            self._messages[0]["content"] = system_text("json", tools)
            return
        self._messages.append({"role": "assistant", "content": text})
        problems = "\n".join(f"- {each.why}" for each in checked.problems[:10])
        self._messages.append({"role": "user", "content": _MEND.format(problems=problems)})

    def _next(self, tools: list[dict[str, Any]]) -> Reply | None:
        """The model's next message; None where it had its steps and still answers nothing."""
        if self._steps >= self.most_steps:
            return None
        self._steps += 1
        is_last = self._steps == self.most_steps
        if is_last and self._steps > 1:
            self._messages.append({"role": "user", "content": _LAST})
        self.tell(f"Step {self._steps}: asking {self.chat.model}.")
        offered = () if is_last else tools
        try:
            reply = self.chat.ask(self._messages, offered, self.deadline_s)
        except NoToolCalls:
            self._messages[0]["content"] = system_text(self.chat.protocol, tools)
            reply = self.chat.ask(self._messages, offered, self.deadline_s)
        if is_last and reply.calls:
            return None
        return reply

    def _call(self, reply: Reply) -> None:
        calls = reply.calls[:MOST_CALLS_AT_ONCE]
        if self.chat.protocol == "json":
            said = {"tool": calls[0].name, "arguments": calls[0].arguments}
            text = reply.text or msgspec.json.encode(said).decode()
            self._messages.append({"role": "assistant", "content": text})
            self._messages.append({"role": "user", "content": self._result(calls[0])})
            return
        self._messages.append(
            {
                "role": "assistant",
                "content": reply.text,
                "tool_calls": [
                    {
                        "id": call.id,
                        "type": "function",
                        "function": {
                            "name": call.name,
                            "arguments": msgspec.json.encode(call.arguments or {}).decode(),
                        },
                    }
                    for call in calls
                ],
            }
        )
        for call in calls:
            self._messages.append(
                {"role": "tool", "tool_call_id": call.id, "content": self._result(call)}
            )

    def _result(self, call: Call) -> str:
        """What the model is shown of a call: the new record, or why there is none."""
        if call.arguments is None:
            return "Refused: the arguments are no JSON object."
        if call.name == READ:
            return self._read(call.arguments)
        invented = self._invented(call.arguments)
        if invented:
            return (
                f"Refused: neither the question nor a record states {', '.join(invented[:5])}. "
                "Leave out what was not said."
            )
        self.tell(f"Step {self._steps}: {call.name}.")
        try:
            document = self.toolbox.call(call.name, call.arguments, self.job)
        except AdvisorError as error:
            return f"Refused: {error}"
        record = Record(
            id=f"r{len(self._records) + 1}",
            tool=call.name,
            arguments=call.arguments,
            document=document,
        )
        self._records.append(record)
        shown = outline(document, most_characters=self.shown_characters)
        return f"Record {record.id} ({record.tool}):\n{shown}"

    def _read(self, arguments: dict[str, Any]) -> str:
        named = str(arguments.get("record", ""))
        record = next((each for each in self._records if each.id == named), None)
        if record is None:
            ids = ", ".join(each.id for each in self._records) or "none yet"
            return f"Refused: there is no record {named[:20]}; there are {ids}."
        path = str(arguments.get("path", ""))
        return outline(record.document, below=path, most_characters=self.shown_characters)

    def _invented(self, arguments: dict[str, Any]) -> list[str]:
        """Numbers that the model made up: a tool would carry them into a record."""
        stated = set()
        for number in numbers_in(_plain(self.question)):
            stated |= {number.value, number.value * (number.unit.factor if number.unit else 1.0)}
        for record in self._records:
            stated |= {
                float(value)
                for _, value in leaves(record.document)
                if isinstance(value, int | float) and not isinstance(value, bool)
            }
        return [
            shown
            for shown, value in _numbers_of(arguments)
            if not any(abs(value - each) <= 1e-9 * abs(each) for each in stated)
        ]

    def _ended(self, status: Status, checked: Checked | None = None, *, why: str = "") -> Answer:
        found = checked or Checked((), (Problem(sentence="", why=why),))
        return Answer(
            question=self.question,
            status=status,
            sentences=found.sentences,
            problems=found.problems,
            records=tuple(self._records),
            asked=Asked(model=self.chat.model, server=self.server, protocol=self.chat.protocol),
            steps=self._steps,
        )


def deadline_after(seconds: float) -> float:
    """The moment so many seconds from now, for `Conversation.deadline_s`."""
    return time.monotonic() + seconds


def _numbers_of(arguments: dict[str, Any]) -> Iterator[tuple[str, float]]:
    """The numbers among the arguments: as such, and behind the `=` of settings."""
    for name, given in arguments.items():
        if name in FREE_ARGUMENTS:
            continue
        for path, value in leaves(given, name):
            if isinstance(value, bool):
                continue
            if isinstance(value, int | float):
                yield f"{path} = {value:g}", float(value)
            elif isinstance(value, str) and "=" in value:
                yield from _settings([value])


def _settings(values: Iterable[str]) -> Iterator[tuple[str, float]]:
    for value in values:
        for number in numbers_in(_plain(value.partition("=")[2])):
            factor = number.unit.factor if number.unit and number.unit.dimension == "share" else 1.0
            yield value[:80], number.value * factor


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text)
