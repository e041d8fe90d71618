//! OSV JSON to records. Unknown keys and `null` are tolerated; a wrong type refuses the record.

use crate::record::{Affected, AffectedRange, Event, RangeKind, Rating, Record, Reference};
use serde::{Deserialize, Deserializer};
use serde_json::Value;

/// Reads one record; the error says where in the text.
pub fn parse(json: &[u8]) -> Result<Record, String> {
    let json = json.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(json);
    let raw: Raw = serde_json::from_slice(json).map_err(|e| e.to_string())?;
    if raw.id.trim().is_empty() {
        return Err("the record has no `id`".into());
    }
    Ok(raw.into())
}

#[derive(Deserialize)]
struct Raw {
    #[serde(default, deserialize_with = "or_default")]
    id: String,
    #[serde(default, deserialize_with = "or_default")]
    modified: String,
    published: Option<String>,
    withdrawn: Option<String>,
    #[serde(default, deserialize_with = "or_default")]
    aliases: Vec<String>,
    #[serde(default, deserialize_with = "or_default")]
    related: Vec<String>,
    #[serde(default, deserialize_with = "or_default")]
    summary: String,
    #[serde(default, deserialize_with = "or_default")]
    details: String,
    #[serde(default, deserialize_with = "or_default")]
    severity: Vec<RawRating>,
    #[serde(default, deserialize_with = "or_default")]
    affected: Vec<RawAffected>,
    #[serde(default, deserialize_with = "or_default")]
    references: Vec<RawReference>,
    database_specific: Option<Value>,
}

#[derive(Deserialize)]
struct RawRating {
    #[serde(rename = "type", default, deserialize_with = "or_default")]
    kind: String,
    #[serde(default, deserialize_with = "or_default")]
    score: String,
}

#[derive(Deserialize)]
struct RawReference {
    #[serde(rename = "type", default, deserialize_with = "or_default")]
    kind: String,
    #[serde(default, deserialize_with = "or_default")]
    url: String,
}

#[derive(Deserialize)]
struct RawAffected {
    #[serde(default, deserialize_with = "or_default")]
    package: RawPackage,
    #[serde(default, deserialize_with = "or_default")]
    severity: Vec<RawRating>,
    #[serde(default, deserialize_with = "or_default")]
    ranges: Vec<RawRange>,
    #[serde(default, deserialize_with = "or_default")]
    versions: Vec<String>,
    ecosystem_specific: Option<Value>,
    database_specific: Option<Value>,
}

#[derive(Deserialize, Default)]
struct RawPackage {
    #[serde(default, deserialize_with = "or_default")]
    ecosystem: String,
    #[serde(default, deserialize_with = "or_default")]
    name: String,
    purl: Option<String>,
}

#[derive(Deserialize)]
struct RawRange {
    #[serde(rename = "type", default, deserialize_with = "or_default")]
    kind: String,
    repo: Option<String>,
    #[serde(default, deserialize_with = "or_default")]
    events: Vec<RawEvent>,
}

#[derive(Deserialize)]
struct RawEvent {
    introduced: Option<String>,
    fixed: Option<String>,
    last_affected: Option<String>,
    limit: Option<String>,
}

fn or_default<'de, D: Deserializer<'de>, T: Deserialize<'de> + Default>(deserializer: D) -> Result<T, D::Error> {
    Ok(Option::<T>::deserialize(deserializer)?.unwrap_or_default())
}

impl From<Raw> for Record {
    fn from(raw: Raw) -> Record {
        let word = raw.database_specific.as_ref().and_then(|specific| specific.get("severity")?.as_str());
        Record {
            severity_word: word.map(str::to_owned),
            id: raw.id,
            modified: raw.modified,
            published: raw.published,
            withdrawn: raw.withdrawn.filter(|time| !time.is_empty()),
            aliases: raw.aliases,
            related: raw.related,
            summary: raw.summary,
            details: raw.details,
            severity: raw.severity.into_iter().map(Rating::from).collect(),
            affected: raw.affected.into_iter().map(Affected::from).collect(),
            references: raw.references.into_iter().map(Reference::from).collect(),
            database_specific: json_text(raw.database_specific),
        }
    }
}

impl From<RawRating> for Rating {
    fn from(raw: RawRating) -> Rating {
        Rating { kind: raw.kind, vector: raw.score }
    }
}

impl From<RawReference> for Reference {
    fn from(raw: RawReference) -> Reference {
        Reference { kind: raw.kind, url: raw.url }
    }
}

impl From<RawAffected> for Affected {
    fn from(raw: RawAffected) -> Affected {
        Affected {
            ecosystem: raw.package.ecosystem,
            name: raw.package.name,
            purl: raw.package.purl,
            severity: raw.severity.into_iter().map(Rating::from).collect(),
            ranges: raw.ranges.into_iter().map(AffectedRange::from).collect(),
            versions: raw.versions,
            ecosystem_specific: json_text(raw.ecosystem_specific),
            database_specific: json_text(raw.database_specific),
        }
    }
}

impl From<RawRange> for AffectedRange {
    fn from(raw: RawRange) -> AffectedRange {
        let kind = match raw.kind.as_str() {
            "SEMVER" => RangeKind::Semver,
            "GIT" => RangeKind::Git,
            _ => RangeKind::Ecosystem,
        };
        AffectedRange { kind, repository: raw.repo, events: raw.events.into_iter().flat_map(events).collect() }
    }
}

fn events(raw: RawEvent) -> impl Iterator<Item = Event> {
    let introduced = raw.introduced.map(Event::Introduced);
    let fixed = raw.fixed.map(Event::Fixed);
    let last = raw.last_affected.map(Event::LastAffected);
    introduced.into_iter().chain(fixed).chain(last).chain(raw.limit.map(Event::Limit))
}

fn json_text(value: Option<Value>) -> Option<String> {
    value.filter(|value| !value.is_null()).map(|value| value.to_string())
}
