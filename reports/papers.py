"""The papers whose statements are checked: how to cite them, and where their sections begin."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePosixPath


@dataclass(frozen=True)
class Section:
    """A section of a paper and the line of our transcription at which it begins."""

    line: int
    number: str
    title: str


@dataclass(frozen=True)
class Paper:
    """A paper: short name, full reference, sections in order."""

    short: str
    reference: str
    sections: tuple[Section, ...]

    def section_at(self, line: int) -> Section | None:
        """Return the section that ``line`` of the transcription belongs to."""
        before = [section for section in self.sections if section.line <= line]
        return before[-1] if before else None


PAPERS: dict[str, Paper] = {
    "lyu2025.txt": Paper(
        "Lyu et al.",
        "Bochen Lyu, He Wang, Zheng Wang, Zhanxing Zhu: *Effects of Momentum in Implicit Bias of "
        "Gradient Flow for Diagonal Linear Networks*. Proceedings of the AAAI Conference on "
        "Artificial Intelligence, 2025.",
        (
            Section(1, "", "Title and abstract"),
            Section(21, "1", "Introduction"),
            Section(58, "1.1", "Related works"),
            Section(66, "2", "Preliminaries"),
            Section(108, "3", "Implicit bias of HB and NAG flow"),
            Section(128, "3.1", "Implicit bias of HB and NAG flow: the main theorem"),
            Section(152, "3.2", "Comparison for unbiased initialisation"),
            Section(174, "3.3", "Comparison for biased initialisation"),
            Section(206, "3.4", "Dynamics of θ under HB and NAG flow"),
            Section(226, "3.5", "Effects of hyper-parameters"),
            Section(240, "4", "Conclusion"),
        ),
    ),
    "papazov2024-poster.txt": Paper(
        "Papazov et al.",
        "Hristo Papazov, Scott Pesme, Nicolas Flammarion: *Leveraging Continuous Time to "
        "Understand Momentum When Training Diagonal Linear Networks*. International Conference on "
        "Artificial Intelligence and Statistics, 2024; here the poster.",
        (
            Section(1, "", "Title"),
            Section(9, "1", "Discrete and continuous momentum"),
            Section(20, "3", "Momentum on diagonal linear networks"),
            Section(60, "5", "Time-varying mirror flow"),
            Section(69, "2", "Intertwined roles of γ and β"),
            Section(86, "4", "Continuous-time results"),
            Section(115, "6", "Discrete-time results"),
        ),
    ),
    "papazov2024-summary.txt": Paper(
        "Papazov et al. (summary)",
        "A summary of the same paper, read where the poster is silent.",
        (Section(1, "", "Summary"),),
    ),
}


def paper_of(file: str) -> Paper:
    """Return the paper that the transcription ``file`` holds; one without sections if unknown."""
    name = PurePosixPath(file).name
    return PAPERS.get(name, Paper(name, name, ()))
