"""Studies: many runs side by side, of several seeds and settings; what they found is computed from their folders."""

from plastica.studies.begin import opened, resume_study, study
from plastica.studies.kept import Study

__all__ = ["Study", "opened", "resume_study", "study"]
