"""Plain technical English for sites that are made from a number: blocks of storage format, put together at random."""

import random

_WHO = (
    "The platform team",
    "Support",
    "The release manager",
    "Whoever is on call",
    "The data group",
    "Product",
    "The vendor",
)
_DOES = (
    "reviews",
    "rotates",
    "publishes",
    "archives",
    "measures",
    "approves",
    "restores",
    "documents",
    "deploys",
    "audits",
)
_WHAT = (
    "the billing export", "the signing keys", "the search cluster", "the weekly numbers", "the staging database", "the runbook",
    "the on-call roster", "the partner feed", "the design tokens", "the retention policy", "the load balancer", "the invoice run",
)  # fmt: skip
_WHEN = (
    "every Monday", "before each release", "after the nightly job", "once a quarter", "when the alarm asks for it",
    "within two working days", "at the end of the month", "as soon as the queue is empty",
)  # fmt: skip
_WHY = (
    "so that nobody has to guess", "because the old way lost data twice", "and writes the result down here",
    "unless the change is on hold", "and tells the channel about it", "which takes about twenty minutes",
)  # fmt: skip
_TOPICS = (
    "Background",
    "How it works",
    "Before you start",
    "Checks",
    "What can go wrong",
    "Owners",
    "History",
    "Open points",
)
_CODE = (
    "kubectl rollout status deploy/billing --timeout=120s",
    "select count(*) from invoices where paid_at is null;",
    "curl -sS https://status.example.com/health | jq .state",
    "for day in $(seq 1 7); do ./export --day $day; done",
)


def _sentence(pick: random.Random) -> str:
    return f"{pick.choice(_WHO)} {pick.choice(_DOES)} {pick.choice(_WHAT)} {pick.choice(_WHEN)} {pick.choice(_WHY)}."


def _paragraph(pick: random.Random) -> str:
    return "<p>" + " ".join(_sentence(pick) for _ in range(pick.randint(3, 5))) + "</p>"


def _list(pick: random.Random) -> str:
    return "<ul>" + "".join(f"<li><p>{_sentence(pick)}</p></li>" for _ in range(3)) + "</ul>"


def _table(pick: random.Random) -> str:
    rows = "".join(
        f"<tr><td><p>{pick.choice(_WHAT)}</p></td><td><p>{pick.choice(_WHEN)}</p></td></tr>" for _ in range(4)
    )
    return f"<table><tbody><tr><th><p>What</p></th><th><p>When</p></th></tr>{rows}</tbody></table>"


def _code(pick: random.Random) -> str:
    text = "\n".join(pick.choice(_CODE) for _ in range(3))
    return (
        '<ac:structured-macro ac:name="code" ac:schema-version="1"><ac:parameter ac:name="language">bash</ac:parameter>'
        f"<ac:plain-text-body><![CDATA[{text}]]></ac:plain-text-body></ac:structured-macro>"
    )


def _panel(pick: random.Random) -> str:
    name = pick.choice(("info", "note", "warning", "tip"))
    body = f"<ac:rich-text-body><p>{_sentence(pick)}</p></ac:rich-text-body>"
    return f'<ac:structured-macro ac:name="{name}" ac:schema-version="1">{body}</ac:structured-macro>'


def make_blocks(pick: random.Random) -> list[str]:
    """Sections of three hundred to eight hundred bytes."""
    makers = (_paragraph, _paragraph, _list, _table, _code, _panel)
    return [f"<h2>{pick.choice(_TOPICS)}</h2>{pick.choice(makers)(pick)}{_paragraph(pick)}" for _ in range(64)]


def make_remarks(pick: random.Random) -> list[str]:
    openings = ("Is this still so?", "Agreed.", "I tried it.", "One question:", "Thanks.", "Careful here.")
    return [f"{pick.choice(openings)} {_sentence(pick)}" for _ in range(48)]


def make_title(pick: random.Random) -> str:
    return f"Who {pick.choice(_DOES)} {pick.choice(_WHAT).removeprefix('the ')}"
