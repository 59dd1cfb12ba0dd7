//! Which revision of which repository was looked at.

use super::{Context, Extent, wire};

impl<'a> Context<'a> {
    /// GitHub knows the revision of an upload already; other readers learn it here.
    pub(super) fn provenance(&self) -> Vec<wire::Provenance<'a>> {
        let provenance = |revision: &'a crate::source::Revision| wire::Provenance {
            repository_uri: &revision.repository,
            revision_id: revision.commit.as_deref(),
            branch: revision.branch.as_deref(),
            mapped_to: wire::BaseOnly { uri_base_id: "%SRCROOT%" },
        };
        let revision = self.report.revision.filter(|_| self.extent == Extent::Full);
        revision.map(provenance).into_iter().collect()
    }
}
