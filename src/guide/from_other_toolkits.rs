//! From the Ruby, Java, Node and .NET toolkits.
//!
//! | what you want | Ruby | Java | Node | .NET | here |
//! | --- | --- | --- | --- | --- | --- |
//! | a client | `RallyRestJson.new` | `new RallyRestApi` | `rally()` | `new RallyRestApi` | [`Rally::new`](crate::Rally::new) |
//! | a query | `find(RallyQuery)` | `query(QueryRequest)` | `query({type})` | `Query(Request)` | [`rally.query(..)`](crate::Rally::query) |
//! | a filter | `build_query_segment` | `QueryFilter` | `query.where` | `new Query(..)` | [`attr`](crate::attr), or text |
//! | one object | `read` | `get(GetRequest)` | `get({ref})` | `GetByReference` | [`rally.get`](crate::Rally::get) |
//! | create, update, delete | the same | `CreateRequest`, ... | the same, `del` | the same | [`create`](crate::Rally::create), `update`, `delete` |
//! | add, remove members | update the list | `updateCollection` | `add`, `remove` | `AddToCollection` | [`entity.add`](crate::Entity::add), `remove` |
//! | rank | `rank_above` | `addParam` | parameters | parameters | `rank_above`, [`Mutation::rank_above`](crate::Mutation::rank_above) |
//! | any parameter | `params` | `addParam` | `qs` | `AddParameter` | [`Query::param`](crate::Query::param), `Mutation::param` |
//! | parse a ref | | `Ref` | `ref` | `Ref` | [`Ref`](crate::Ref) |
//! | all pages | up to 99,999 | `setLimit` | `limit` | `Limit` | by itself, as you iterate |
//!
//! ```
//! # use rally_wsapi::{Result, sandbox::Sandbox};
//! # fn main() -> Result<()> {
//! # let sandbox = Sandbox::start()?;
//! # let rally = sandbox.rally()?;
//! use rally_wsapi::{Ref, attr};
//!
//! let open = rally.query("Defect").filter(attr("State").ne("Closed").and(attr("Priority").eq("Low")));
//! println!("{} to do", open.count()?);
//! assert_eq!(Ref::parse("https://rally1.rallydev.com/slm/webservice/v2.0/defect/12.js")?.path(), "/defect/12");
//! # Ok(())
//! # }
//! ```
