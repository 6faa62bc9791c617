"""The table of results, the reasons below it, and the closing count."""

from collections import Counter

MARKS = {"passed": "ok", "noted": "ok*", "failed": "FAIL", "n/a": "n/a", "missing": "-"}


def print_table(steps: dict[str, str], results: dict[str, dict[str, tuple[str, str]]]) -> None:
    """`results[client][step]` is a verdict and, unless it simply passed, the words for it."""
    heads = {name: name.split("-", 1) for name in results}
    widths = {name: max(len(part) for part in parts) for name, parts in heads.items()}
    first = max(len(step) for step in steps)
    for line in (0, 1):
        print(" " * first, *(heads[name][line].rjust(widths[name]) for name in results), sep="  ")
    print("-" * first, *("-" * widths[name] for name in results), sep="  ")
    for step in steps:
        cells = (MARKS[results[name][step][0]].rjust(widths[name]) for name in results)
        print(step.ljust(first), *cells, sep="  ")


def print_reasons(results: dict[str, dict[str, tuple[str, str]]]) -> None:
    for verdict, title in (
        ("noted", "ok*: works, in a way worth knowing"),
        ("n/a", "n/a: the client cannot do it"),
        ("failed", "FAIL"),
    ):
        lines: dict[tuple[str, str], list[str]] = {}
        for name, steps in results.items():
            for step, (got, words) in steps.items():
                if got == verdict:
                    lines.setdefault((name, words), []).append(step)
        if lines:
            print(f"\n{title}")
        for (name, words), found in lines.items():
            print(f"  {name}, {', '.join(found)}: {words}")


def closing_line(results: dict[str, dict[str, tuple[str, str]]]) -> tuple[str, int]:
    """`N passed, N failed, N skipped`, and the number that failed."""
    count = Counter(verdict for steps in results.values() for verdict, _ in steps.values())
    skipped = count["n/a"] + count["missing"]
    line = f"{count['passed'] + count['noted']} passed, {count['failed']} failed"
    return (f"{line}, {skipped} skipped" if skipped else line), count["failed"]
