"""The pictures of the Dagster UI in the README, from the screenshots that the browser tests leave: `make pictures` does both."""

import sys
from pathlib import Path

from PIL import Image

ROOT = Path(__file__).parents[1]
SHOTS = ROOT / "build" / "screenshots"
IMAGES = ROOT / "docs" / "images"
WIDTH = 1400

CHOSEN: dict[str, tuple[str, tuple[int, int, int, int] | None]] = {
    "asset-graph-documents": ("ui-graph", None),
    "asset-partition": ("ui-partition", None),
    "run-summary": ("ui-run", None),
    "latest-page": ("ui-page", (590, 575, 1600, 880)),
    "figures-over-runs": ("ui-figures", None),
    "checks": ("ui-checks", None),
}
"""Screenshot to picture, and the part of it that is shown."""


def shrink(source: Path, target: Path, part: tuple[int, int, int, int] | None) -> None:
    """The picture in 256 colours, and no wider than GitHub shows it."""
    shot = Image.open(source).convert("RGB").crop(part)
    width = min(WIDTH, shot.width)
    smaller = shot.resize((width, round(shot.height * width / shot.width)), Image.Resampling.LANCZOS)
    smaller.quantize(256, dither=Image.Dither.NONE).save(target, optimize=True)


def main() -> int:
    missing = [name for name in CHOSEN if not (SHOTS / f"{name}.png").exists()]
    if missing:
        sys.stderr.write(f"{', '.join(missing)}: not in build/screenshots; run `make test-e2e` first.\n")
        return 1
    for name, (picture, part) in CHOSEN.items():
        target = IMAGES / f"{picture}.png"
        shrink(SHOTS / f"{name}.png", target, part)
        sys.stdout.write(f"{target.relative_to(ROOT)}  {target.stat().st_size:,} bytes\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
