"""`advisor ask`: a question in words, answered from records that are cited."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from advisor.agent.toolbox import TO_ALLOW
from advisor.cli.connecting import connection_options, headers_of, trust_of
from advisor.cli.output import is_quiet, json_option, print_json
from advisor.cli.types import Duration

if TYPE_CHECKING:
    from advisor.agent.ask.chat import Chat
    from advisor.agent.ask.document import Answer
    from advisor.agent.ask.models import Paid
    from advisor.report.live import Live

LONGEST_QUESTION = 4_000


@click.command()
@click.argument("question", nargs=-1, required=True)
@click.option("--url", metavar="URL", help="The server whose model is asked.")
@click.option("--model", metavar="NAME|FILE.gguf", help="The model to ask, or a file to serve.")
@click.option(
    "--api",
    metavar="PROVIDER",
    help="Ask --model at this paid API: openai, groq, together, openrouter, deepseek, mistral. "
    "The question and the records it leads to are sent there.",
)
@click.option(
    "--max-usd",
    type=float,
    default=0.10,
    show_default=True,
    metavar="USD",
    help="No request is begun that could bring the cost of --api over this.",
)
@click.option(
    "--price",
    metavar="IN/OUT",
    help="USD per million tokens, for a model that the price book lacks.",
)
@click.option(
    "--max-steps",
    type=click.IntRange(1, 50),
    default=8,
    show_default=True,
    metavar="N",
    help="Messages of the model until it has to have answered.",
)
@click.option(
    "--max-time",
    type=Duration(),
    default="5m",
    show_default=True,
    metavar="5m",
    help="How long the model may take in all.",
)
@click.option(
    "--allow",
    multiple=True,
    type=click.Choice(TO_ALLOW),
    help="Let the model use this tool too, which uses the machine and keeps a run.",
)
@connection_options
@json_option
@click.pass_context
def ask(ctx: click.Context, /, question: tuple[str, ...], as_json: bool, **given: Any) -> int:
    """Answer a question in words, by a model that must cite a record for every number.

    The model is one that is served here, unless --url, --model or --api name
    another. It can only use advisor's own tools, which read. An answer with a number
    that is not where it cites it is refused, and the exit code is 1.
    """
    from advisor.agent.ask.models import Wanted, local_model
    from advisor.errors import InputError
    from advisor.report.live import Live

    text = " ".join(question).strip()
    if not 0 < len(text) <= LONGEST_QUESTION:
        raise InputError(f"a question has 1 to {LONGEST_QUESTION:,} characters")
    live = Live(quiet=is_quiet())
    given["store_url"] = (ctx.find_object(dict) or {}).get("store_url")
    if given["api"]:
        paid = _paid(given, live)
        server = f"{paid.wish.provider.title}'s API"
        answer = _answered(text, paid.chat, server=server, given=given, live=live, paid=paid)
    else:
        wanted = Wanted(given["url"], given["model"], headers_of(given), trust_of(given))
        live.step("Looking for a model to ask.")
        with local_model(wanted) as local:
            answer = _answered(text, local.chat, server=local.server, given=given, live=live)
    if as_json:
        print_json(answer)
    else:
        from advisor.agent.ask.show import show_answer

        show_answer(answer)
    return 0 if answer.status == "answered" else 1


def _answered(
    question: str,
    chat: Chat,
    *,
    server: str,
    given: dict[str, Any],
    live: Live,
    paid: Paid | None = None,
) -> Answer:
    import msgspec

    from advisor.agent.ask.conversation import Conversation, deadline_after
    from advisor.agent.tool import Job
    from advisor.agent.toolbox import Toolbox

    conversation = Conversation(
        question=question,
        chat=chat,
        toolbox=Toolbox(given["allow"]),
        job=Job(store_url=given["store_url"], tell=live.step, on_progress=live.measuring),
        server=server,
        most_steps=given["max_steps"],
        deadline_s=deadline_after(given["max_time"]),
        tell=live.step,
    )
    with live.running():
        answer = conversation.answer()
    return answer if paid is None else msgspec.structs.replace(answer, spent=paid.spent)


def _paid(given: dict[str, Any], live: Live) -> Paid:
    """The API that --api names, once whoever pays has seen the price and the limit."""
    from advisor.advice.paid.measure import ApiWish, prepare
    from advisor.agent.ask.models import paid_model
    from advisor.cli.paying import consent_at
    from advisor.errors import AdvisorError, InputError
    from advisor.servers.apis.providers import known_provider
    from advisor.servers.route import Trust

    provider = known_provider(given["api"])
    if not given["model"]:
        raise InputError(
            "which model of the API is to be asked?",
            remedy=f"Name it with --model; `advisor prices list --provider {provider.book_name}` "
            "lists those with a price.",
        )
    wish = ApiWish(
        provider,
        given["model"],
        given["max_usd"],
        url=given["url"],
        price=given["price"],
        trust=Trust(authorities=given["ca_file"]),
    )
    paid = paid_model(prepare(wish))
    price = paid.guard.rates.price
    shown = (
        f"{provider.title}, {wish.model}: ${price.input_usd_per_mtok:g} in and "
        f"${price.output_usd_per_mtok:g} out per million tokens. The question and the records it "
        f"leads to are sent there; nothing is sent that could bring the cost over "
        f"${wish.max_usd:g} (--max-usd)."
    )
    if not consent_at(live)(shown):
        raise AdvisorError("nothing was sent to the API", why="it was declined")
    return paid
