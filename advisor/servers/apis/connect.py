"""How is a provider's API reached: at which address, with which key, in which dialect?"""

from __future__ import annotations

import os

from advisor.documents import Unknown
from advisor.errors import InputError
from advisor.servers.address import parse_url
from advisor.servers.apis.anthropic import VERSION, AnthropicApi
from advisor.servers.apis.chat import ChatApi
from advisor.servers.apis.deepseek import DeepSeekApi
from advisor.servers.apis.gemini import GeminiApi
from advisor.servers.apis.groq import GroqApi
from advisor.servers.apis.keys import find_key
from advisor.servers.apis.mistral import MistralApi
from advisor.servers.apis.openai import OpenAIApi
from advisor.servers.apis.openrouter import OpenRouterApi
from advisor.servers.apis.providers import Provider
from advisor.servers.apis.together import TogetherApi
from advisor.servers.client import Headers
from advisor.servers.opening import routed
from advisor.servers.route import SYSTEM, Trust
from advisor.servers.secret import keep_secret
from advisor.servers.wire import Server

Api = ChatApi | AnthropicApi | GeminiApi

_DIALECTS: dict[str, type[ChatApi]] = {
    "openai": OpenAIApi,
    "groq": GroqApi,
    "together": TogetherApi,
    "openrouter": OpenRouterApi,
    "deepseek": DeepSeekApi,
    "mistral": MistralApi,
}
NO_VERSION = Unknown("an API does not tell which version of it answers")


def connect_api(provider: Provider, url: str | None = None, trust: Trust = SYSTEM) -> Server:
    """The provider's API at its own address, or at `url` (a gateway that speaks the same).

    Sends nothing. Raises InputError for an address over which a key would travel unencrypted, and
    AdvisorError where there is no key.
    """
    chosen = url or os.environ.get(provider.url_variable, "").strip() or provider.base_url
    endpoint = routed(parse_url(chosen), trust)
    if endpoint.scheme != "https" and not endpoint.is_here:
        raise InputError(
            f"{endpoint.url} is not encrypted",
            why="the key and the prompts could be read on the way",
            remedy="Give an https:// address.",
        )
    secret = find_key(provider).value
    keep_secret([("key", secret)])
    if provider.name == "anthropic":
        headers: Headers = (("x-api-key", secret), ("anthropic-version", VERSION))
        return AnthropicApi(endpoint, provider.name, NO_VERSION, headers, secret=secret)
    if provider.name == "gemini":
        headers = (("x-goog-api-key", secret),)
        return GeminiApi(endpoint, provider.name, NO_VERSION, headers, secret=secret)
    headers = (("Authorization", f"Bearer {secret}"),)
    dialect = _DIALECTS[provider.name]
    return dialect(endpoint, provider.name, NO_VERSION, headers, secret=secret)
