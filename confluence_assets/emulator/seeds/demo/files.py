"""What the demo's files hold: little, but real."""

from typing import Any

from confluence_assets.emulator.render.files import media_type_of, pdf

_CSV = {
    "expense-template.csv": "date,what,project,amount_eur\n2026-11-02,Train to Braga,locker,14.60\n",
    "survey-2026.csv": "answer,bell,stand,range\n1,too quiet,fine,fine\n2,too quiet,stiff,fine\n3,fine,stiff,short\n",
    "locker-power.csv": "second,milliampere\n0,4\n1,212\n2,198\n3,4\n",
    "stock-2026-11-13.csv": "part,count,order\nLK-1107,212,no\nLK-2210,18,yes\nLK-3001,40,no\n",
    "recall-bikes.csv": "bike,done,by\n311,2025-05-09,jonas\n312,2025-05-09,jonas\n342,2025-06-10,omar\n",
    "budget-2026.csv": "line,plan,so_far\nParts,910000,744200\nPeople,720000,598000\nTools,60000,71400\n",
    "bench-readings.csv": "run,torque_nm,beeps\n1,38.2,3\n2,38.4,3\n3,37.9,2\n",
}
_NOTES = "# Lyon\n\n- 91 stops\n- 2 punctures\n- 1 dog\n\nHe never locks the box.\n"
_LOGO = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><title>Larkspur</title><path d="M2 12 L8 3 L14 12 Z" fill="#2a6"/></svg>\n'


def demo_file(name: str, comment: str, content_id: int) -> dict[str, Any]:
    """Media type, and either the bytes or the size of a picture."""
    found: dict[str, Any] = {"media_type": media_type_of(name)}
    if name in _CSV:
        found["bytes"] = _CSV[name].encode()
    elif name.endswith(".pdf"):
        found["bytes"] = pdf(f"Larkspur: {comment}")
    elif name.endswith(".md"):
        found["bytes"] = _NOTES.encode()
    elif name.endswith(".svg"):
        found["bytes"] = _LOGO.encode()
    elif name.endswith(".txt"):
        found["bytes"] = f"sha256 of {name}: {content_id:064x}\n".encode()
    else:
        found["size"] = 2000 + content_id % 997
    return found
