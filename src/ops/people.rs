//! Users: finds one, or lists all.

use crate::entity::Entity;
use crate::error::{Error, ErrorKind, Result};
use crate::filter::attr;
use crate::rally::Rally;
use crate::record::{Record, reference_of};
use serde_json::{Map, Value};
use std::collections::HashMap;

impl Rally {
    /// Finds a user by user name, display name or ObjectID, disabled users included.
    ///
    /// User names are unique; if several users have the display name, the error lists their user names.
    ///
    /// ```
    /// # fn main() -> rally_wsapi::Result<()> {
    /// # let sandbox = rally_wsapi::sandbox::Sandbox::start()?;
    /// # let rally = sandbox.rally()?.in_all_projects();
    /// let bo = rally.find_user("bo@sandbox.example")?;
    /// assert_eq!(bo, rally.find_user("Bo Åström")?);
    /// assert_eq!(bo, rally.find_user(22)?);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// `NotFound` if no user matches; `Ambiguous` if several do; any transport or server error.
    #[doc(alias = "getUserInfo")]
    #[doc(alias = "user_info")]
    pub fn find_user(&self, who: impl ToString) -> Result<Entity> {
        let who = who.to_string();
        let who = who.trim();
        if who.is_empty() {
            return Err(
                Error::input("an empty user name").remedy("give a user name, a display name or an ObjectID")
            );
        }
        let by = |name: &str| attr(name).eq(who);
        let filter = match who.parse::<i64>() {
            // A display name may be a number, too.
            Ok(id) => attr("ObjectID").eq(id).or(by("UserName")).or(by("DisplayName")),
            Err(_) => by("UserName").or(by("DisplayName")),
        };
        let found = self.whole("User").filter(filter).fetch_all().all()?;
        for name in ["ObjectID", "UserName", "DisplayName"] {
            let is = |user: &&Entity| match &user[name] {
                Value::Number(id) => id.to_string() == who,
                Value::String(text) => text.to_lowercase() == who.to_lowercase(),
                _ => false,
            };
            let hits: Vec<&Entity> = found.iter().filter(is).collect();
            match hits.as_slice() {
                [] => {}
                [one] => return Ok((*one).clone()),
                several => {
                    let names = several.iter().map(|u| u["UserName"].as_str().unwrap_or_default().to_owned());
                    return Err(Error::ambiguous(
                        format!("{} users are `{who}`", several.len()),
                        names.collect(),
                    )
                    .remedy("give the user name or the ObjectID"));
                }
            }
        }
        Err(Error::new(ErrorKind::NotFound, format!("no user has the user name, display name or id `{who}`"))
            .remedy("check the spelling; what is found depends on the rights of the credentials"))
    }

    /// Returns all users, disabled ones included, each with its profile if the credentials may see it. Then
    /// `user.get("UserProfile.TimeZone")` sends no request.
    ///
    /// Sends one query for users and one for profiles. A handle on a workspace returns the users of that workspace.
    ///
    /// ```
    /// # fn main() -> rally_wsapi::Result<()> {
    /// # let sandbox = rally_wsapi::sandbox::Sandbox::start()?;
    /// # let rally = sandbox.rally()?.in_all_projects();
    /// for user in rally.users()? {
    ///     println!("{} {}", user.get("UserName")?, user.get("UserProfile.DefaultProject.Name")?);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// Any transport or server error of the query for users. If the server refuses the profiles, users come without
    /// them, and the log says so.
    #[doc(alias = "getAllUsers")]
    pub fn users(&self) -> Result<Vec<Entity>> {
        let users = self.whole("User").fetch_all().page_size(2_000).all()?;
        if users.iter().all(|user| profile_of(user).is_none()) {
            return Ok(users);
        }
        // The server does not send profiles with users, whatever is fetched. Without a filter some servers take
        // `/userprofile` for the caller's own.
        let profiles = self.whole("UserProfile").filter(attr("ObjectID").gt(0));
        let profiles = match profiles.fetch_all().page_size(2_000).all() {
            Ok(profiles) => profiles,
            Err(error) if is_refusal(&error) => {
                log::info!("users come without their profiles: {error}");
                return Ok(users);
            }
            Err(error) => return Err(error),
        };
        let profiles: HashMap<String, Map<String, Value>> = profiles
            .into_iter()
            .filter_map(|p| Some((p.reference()?.key().to_owned(), p.into_map())))
            .collect();
        let joined = users.into_iter().map(|user| {
            let profile = profile_of(&user).and_then(|key| profiles.get(&key)).cloned();
            let Some(profile) = profile else { return user };
            let catalog = user.catalog().clone();
            let mut fields = user.into_map();
            fields.insert("UserProfile".to_owned(), Value::Object(profile));
            Entity::new(catalog, Record::new(fields, true), None)
        });
        Ok(joined.collect())
    }
}

/// `true` if the server understood the request and refused it.
fn is_refusal(error: &Error) -> bool {
    use ErrorKind as K;
    let kind = error.kind();
    matches!(
        kind,
        K::Permission | K::Server | K::UnknownName(_) | K::NotFound | K::NotWsapi { status: 200, .. }
    )
}

fn profile_of(user: &Entity) -> Option<String> {
    Some(reference_of(user["UserProfile"].as_object()?)?.key().to_owned())
}
