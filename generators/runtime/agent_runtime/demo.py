"""Teach a running scoring agent on an invented market, and show that it has learnt.

    python -m agent_runtime.demo --url http://127.0.0.1:8000 --token TOKEN

The market is generated (`kernels.synthetic`), a fifth of its links is never sent. After training
the agent is asked about those held-out links and about links that do not exist.
"""

import argparse
import sys
from collections.abc import Mapping, Sequence
from typing import Final

import httpx

from agent_runtime.kernels.datasets import Triple, split_triples
from agent_runtime.kernels.synthetic import trading_market
from agent_runtime.values import JsonObject

SEED: Final = 7
ASKED: Final = 100
_TIMEOUT_SECONDS: Final = 120.0
_FAILED: Final = 1


class DemoError(Exception):
    """The agent answered something else than it should; the message says what."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the demonstration; return 0, or 1 with the reason on standard error."""
    parser = argparse.ArgumentParser(prog="agent_runtime.demo", description="Teach an agent.")
    parser.add_argument("--url", required=True, help="base URL of the running agent")
    parser.add_argument("--token", required=True, help="token with the role for retraining")
    given = parser.parse_args(arguments)
    try:
        with httpx.Client(base_url=given.url, timeout=_TIMEOUT_SECONDS) as client:
            for line in demonstrate(client, given.token):
                sys.stdout.write(f"{line}\n")
    except (DemoError, httpx.HTTPError) as error:
        sys.stderr.write(f"{error}\n")
        return _FAILED
    return 0


def demonstrate(client: httpx.Client, token: str) -> list[str]:
    """Train the agent behind `client` and return what to tell, a line each.

    Raises:
        DemoError: it has no such operations, or refuses.
    """
    dataset = split_triples(trading_market(seed=SEED), valid=0.1, test=0.1, seed=SEED)
    train_path = _path_taking(client, "RetrainRequest")
    score_path = _path_taking(client, "ScoreRequest")
    links = [_link(triple) for triple in (*dataset.train, *dataset.valid)]
    trained = _post(client, train_path, {"links": links, "reason": "demonstration"}, token=token)
    held_out = dataset.test[:ASKED]
    false = invented_links(held_out, frozenset((*dataset.train, *dataset.valid, *dataset.test)))
    true_mean = _mean_confidence(client, score_path, held_out)
    false_mean = _mean_confidence(client, score_path, false)
    return [
        f"trained   {len(links)} links, {trained['epochs']} epochs, {trained['outcome']}",
        f"promoted  {trained['promoted']} as {trained['model_version']}",
        f"held out  {len(held_out)} true links, mean confidence {true_mean:.3f}",
        f"invented  {len(false)} links that do not exist, mean confidence {false_mean:.3f}",
    ]


def invented_links(links: Sequence[Triple], known: frozenset[Triple]) -> tuple[Triple, ...]:
    """Return `links` with objects swapped among links of one relation, none of them known."""
    objects: dict[str, list[str]] = {}
    for _, relation, target in links:
        objects.setdefault(relation, []).append(target)
    swapped = (
        next(
            (
                (subject, relation, other)
                for other in objects[relation]
                if (subject, relation, other) not in known
            ),
            None,
        )
        for subject, relation, _ in links
    )
    return tuple(dict.fromkeys(link for link in swapped if link is not None))


def _mean_confidence(client: httpx.Client, path: str, triples: Sequence[Triple]) -> float:
    answer = _post(client, path, {"candidates": [_link(triple) for triple in triples]})
    ranking = answer["ranking"]
    if not isinstance(ranking, Sequence) or len(ranking) != len(triples):
        raise DemoError(f"{path} answered another number of links than it was asked about")
    found = [entry["confidence"] for entry in ranking if isinstance(entry, Mapping)]
    return sum(float(str(value)) for value in found) / len(found)


def _link(triple: Triple) -> dict[str, str]:
    subject, relation, target = triple
    return {"subject": subject, "relation": relation, "object": target}


def _path_taking(client: httpx.Client, shape: str) -> str:
    """Return the path whose request is of `shape`, as the agent's OpenAPI document says."""
    document = client.get("/openapi.json").raise_for_status().json()
    wanted = f"/{shape}"
    for path, methods in document["paths"].items():
        body = methods.get("post", {}).get("requestBody", {})
        for media in body.get("content", {}).values():
            if str(media.get("schema", {}).get("$ref", "")).endswith(wanted):
                return str(path)
    raise DemoError(f"the agent has no operation that takes a {shape}")


def _post(
    client: httpx.Client, path: str, body: JsonObject, *, token: str | None = None
) -> Mapping[str, object]:
    headers = {} if token is None else {"Authorization": f"Bearer {token}"}
    response = client.post(path, json=body, headers=headers)
    if response.is_error:
        raise DemoError(f"{path} answered {response.status_code}: {response.text[:300]}")
    answer: Mapping[str, object] = response.json()
    return answer


if __name__ == "__main__":
    raise SystemExit(main())
