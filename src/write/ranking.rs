//! Ranking: above, below, top, bottom.

use super::mutation::Mutation;
use crate::entity::Entity;
use crate::error::Result;
use crate::reference::IntoId;
use serde_json::json;

impl Entity {
    /// Ranks this object directly above another one, and returns it as it is now.
    ///
    /// ```
    /// # fn main() -> rally_wsapi::Result<()> {
    /// # let sandbox = rally_wsapi::sandbox::Sandbox::start()?;
    /// # let rally = sandbox.rally()?.in_all_projects();
    /// let (first, second) = (rally.find("DE1")?, rally.find("DE2")?);
    /// let second = second.rank_above(&first)?;
    /// assert!(second["DragAndDropRank"].as_str() < first["DragAndDropRank"].as_str());
    /// second.rank_below("DE1")?;
    /// first.rank_to_bottom()?;
    /// second.rank_to_top()?;
    /// let top = rally.query("Defect").order("DragAndDropRank").first()?;
    /// assert_eq!(top, Some(second));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// `Input`, without a request, for types that have no rank; as [`Entity::update`].
    #[doc(alias = "rankAbove")]
    pub fn rank_above(&self, other: impl IntoId) -> Result<Entity> {
        self.rank(|mutation| mutation.rank_above(other))
    }

    /// Ranks this object directly below another one, and returns it as it is now.
    ///
    /// See [`Entity::rank_above`] for an example.
    ///
    /// # Errors
    /// As [`Entity::rank_above`].
    #[doc(alias = "rankBelow")]
    pub fn rank_below(&self, other: impl IntoId) -> Result<Entity> {
        self.rank(|mutation| mutation.rank_below(other))
    }

    /// Ranks this object above all others, and returns it as it is now.
    ///
    /// See [`Entity::rank_above`] for an example.
    ///
    /// # Errors
    /// As [`Entity::rank_above`].
    #[doc(alias = "rankToTop")]
    pub fn rank_to_top(&self) -> Result<Entity> {
        self.rank(Mutation::rank_to_top)
    }

    /// Ranks this object below all others, and returns it as it is now.
    ///
    /// See [`Entity::rank_above`] for an example.
    ///
    /// # Errors
    /// As [`Entity::rank_above`].
    #[doc(alias = "rankToBottom")]
    pub fn rank_to_bottom(&self) -> Result<Entity> {
        self.rank(Mutation::rank_to_bottom)
    }

    fn rank(&self, place: impl FnOnce(Mutation) -> Mutation) -> Result<Entity> {
        self.apply(|type_name, reference| place(Mutation::update(type_name, reference, json!({}))))
    }
}
