//! Lists, a page at a time: an opaque cursor says where the next one begins.

use super::problem::Problem;
use base64ct::{Base64UrlUnpadded, Encoding};
use countersign_store::Page;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// One page of a list.
#[derive(Deserialize, Serialize, ToSchema)]
pub(crate) struct Listed<T> {
    pub(crate) items: Vec<T>,
    /// Give this as `cursor` for what follows; absent on the last page.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) next_cursor: Option<String>,
}

impl<T> Listed<T> {
    /// What was found with one more than was asked for, so that the last page is known to be the last.
    pub(super) fn of<R>(
        list: &str,
        limit: u32,
        mut found: Vec<R>,
        place: impl Fn(&R) -> String,
        show: impl Fn(R) -> T,
    ) -> Self {
        let more = found.len() > limit as usize;
        found.truncate(limit as usize);
        let last = found.last().filter(|_| more).map(|last| cursor(list, &place(last)));
        Self { items: found.into_iter().map(show).collect(), next_cursor: last }
    }

    /// The same where another scan has found the place.
    pub(super) fn until(list: &str, items: Vec<T>, place: Option<i64>) -> Self {
        Self { items, next_cursor: place.map(|place| cursor(list, &place.to_string())) }
    }
}

/// How many to list: 50 unless asked for.
pub(super) fn limit(asked: Option<u32>) -> Result<u32, Problem> {
    let limit = asked.unwrap_or(50);
    if (1..=MOST).contains(&limit) {
        return Ok(limit);
    }
    Err(Problem::malformed(format!("1 to {MOST}")).about("limit"))
}

/// The page of rows after that cursor, with one row more than `limit`.
pub(super) fn rows(list: &str, asked: Option<&str>, limit: u32) -> Result<Page, Problem> {
    let before = asked.map(|text| place(list, text)?.parse::<i64>().map_err(|_| forged())).transpose()?;
    Ok(Page { limit: limit + 1, before })
}

/// What a cursor of that list says. It holds no secret, and one that was made up can only name another place of the same list.
pub(super) fn place(list: &str, cursor: &str) -> Result<String, Problem> {
    let bytes = Base64UrlUnpadded::decode_vec(cursor).map_err(|_| forged())?;
    let text = String::from_utf8(bytes).map_err(|_| forged())?;
    let place = text.strip_prefix(list).and_then(|rest| rest.strip_prefix(':')).ok_or_else(forged)?;
    if place.contains(char::is_control) || place.len() > 255 {
        return Err(forged());
    }
    Ok(place.to_owned())
}

fn cursor(list: &str, place: &str) -> String {
    Base64UrlUnpadded::encode_string(format!("{list}:{place}").as_bytes())
}

fn forged() -> Problem {
    Problem::malformed("no cursor of this list").about("cursor")
}

pub(crate) const MOST: u32 = 200;
