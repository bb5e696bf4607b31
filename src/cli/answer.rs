//! What commands print with `--json`: one kind of object each, with a schema and a version.
//!
//! Knows names and schemas; fills in none of the objects. The schemas are JSON Schema, draft
//! 2020-12; definitions that several of them use are in `schemas/common.json`.

use serde_json::{Map, Value};

/// Definitions that several schemas use.
const COMMON: &str = include_str!("schemas/common.json");

macro_rules! answers {
    ($($(#[$doc:meta])* $kind:ident $name:literal $version:literal,)*) => {
        /// Kinds of objects. A new key keeps the version; a key that goes, or means another
        /// thing, raises it.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(crate) enum Answer {
            $($(#[$doc])* $kind,)*
        }

        impl Answer {
            /// All of them, in the order of the commands.
            pub(crate) const ALL: &[Self] = &[$(Self::$kind,)*];

            /// Name, such as `generate`.
            pub(crate) fn name(self) -> &'static str {
                match self {
                    $(Self::$kind => $name,)*
                }
            }

            /// Name and version, as in the key `schema` of the object.
            pub(crate) fn id(self) -> &'static str {
                match self {
                    $(Self::$kind => concat!("omnis/", $name, "/", $version),)*
                }
            }

            fn text(self) -> &'static str {
                match self {
                    $(Self::$kind => include_str!(concat!("schemas/", $name, ".json")),)*
                }
            }
        }
    };
}

answers! {
    /// Summary of `omnis generate`.
    Generate "generate" 1,
    /// `omnis generate --mpi`.
    GenerateRanks "generate-ranks" 1,
    /// Summary of `omnis integrate` of a collision.
    Integrate "integrate" 1,
    /// Width of one decay, by `omnis integrate` or `omnis width`.
    Decay "decay" 1,
    /// All decays of a particle, by `omnis width`.
    Width "width" 1,
    /// Summary of `omnis gridpack`.
    Gridpack "gridpack" 1,
    /// A gridpack put into a tarball by `omnis gridpack`.
    Tarball "tarball" 1,
    /// A command with `--dry-run`.
    DryRun "dry-run" 1,
    /// `omnis merge`.
    Merge "merge" 1,
    /// `omnis reweight`.
    Reweight "reweight" 1,
    /// `omnis inspect` of a card.
    InspectCard "inspect-card" 1,
    /// `omnis inspect` of a gridpack.
    InspectGridpack "inspect-gridpack" 1,
    /// `omnis inspect` of an event file.
    InspectEvents "inspect-events" 1,
    /// `omnis verify`.
    Verify "verify" 1,
    /// `omnis report`.
    Report "report" 1,
    /// `omnis convert` of events.
    Convert "convert" 1,
    /// `omnis convert` of cards of MadGraph.
    ConvertCard "convert-card" 1,
    /// `omnis submit`.
    Submit "submit" 1,
    /// `omnis submit --status`.
    SubmitStatus "submit-status" 1,
    /// `omnis library list` and `omnis library build`.
    LibraryList "library-list" 1,
    /// `omnis library verify`.
    LibraryVerify "library-verify" 1,
    /// `omnis library take`.
    LibraryTake "library-take" 1,
    /// `omnis evaluate --momenta`.
    Evaluate "evaluate" 1,
    /// `omnis evaluate --events`.
    EvaluateEvents "evaluate-events" 1,
    /// `omnis process` of a process line.
    Process "process" 1,
    /// `omnis process` of a card.
    ProcessCard "process-card" 1,
    /// `omnis model`.
    Model "model" 1,
    /// `omnis init`.
    Init "init" 1,
    /// `omnis pdf list`.
    PdfList "pdf-list" 1,
    /// `omnis pdf get`.
    PdfGet "pdf-get" 1,
    /// `omnis cite`.
    Cite "cite" 1,
    /// `omnis man --output-dir`.
    Man "man" 1,
    /// `omnis schema` without a name.
    Schemas "schemas" 1,
    /// A text: help, version, completions, a manual page, tables of schemas.
    Text "text" 1,
    /// Any command that failed.
    Error "error" 1,
    /// A line of progress, with `--progress json`.
    Progress "progress" 1,
    /// A line of a message, with `--progress json`.
    Message "message" 1,
}

impl Answer {
    /// The schema, with the definitions that it uses.
    pub(crate) fn schema(self) -> Value {
        let mut schema = parsed(self.text());
        let common = parsed(COMMON);
        let mut used = Map::new();
        while let Some(name) = lacking(&schema, &used).or_else(|| lacking_in(&used)) {
            let definition = common["$defs"][&name].clone();
            used.insert(name, definition);
        }
        if !used.is_empty() {
            schema["$defs"] = used.into();
        }
        schema
    }

    /// The object with the key that says which schema it has.
    pub(crate) fn labelled(self, json: &Value) -> Value {
        let mut json = json.clone();
        json["schema"] = self.id().into();
        json
    }
}

fn parsed(text: &str) -> Value {
    serde_json::from_str(text).expect("schemas are JSON, which a test reads")
}

/// A definition that a schema refers to and that is not there yet.
fn lacking(schema: &Value, there: &Map<String, Value>) -> Option<String> {
    match schema {
        Value::Object(map) => {
            let own = map.get("$ref").and_then(Value::as_str);
            let own = own.and_then(|r| r.strip_prefix("#/$defs/"));
            let own = own.filter(|name| !there.contains_key(*name));
            own.map(str::to_owned)
                .or_else(|| map.values().find_map(|v| lacking(v, there)))
        }
        Value::Array(list) => list.iter().find_map(|v| lacking(v, there)),
        _ => None,
    }
}

fn lacking_in(there: &Map<String, Value>) -> Option<String> {
    there.values().find_map(|v| lacking(v, there))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_schema_names_its_object_and_defines_what_it_uses() {
        for answer in Answer::ALL {
            let schema = answer.schema();
            let id = &schema["properties"]["schema"]["const"];
            assert_eq!(id, answer.id(), "{answer:?}");
            assert!(schema["title"].is_string(), "{answer:?}");
            let defined = schema["$defs"].as_object();
            assert!(defined.is_none_or(|d| d.values().all(Value::is_object)));
        }
    }
}
