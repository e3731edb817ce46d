"""What is kept: a run is a folder of plain data, and its journal is the truth; nothing here knows what a rule is."""

from plastica.runs.folder import RunFolder, new_folder
from plastica.runs.journal import Journal
from plastica.runs.study_folder import StudyFolder
from plastica.runs.whole_file import write_whole

__all__ = ["Journal", "RunFolder", "StudyFolder", "new_folder", "write_whole"]
