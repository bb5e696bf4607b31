//! What the readers in `values` accept, as JSON Schema.
//!
//! Knows types and ranges; a test compares every shape with its reader.

use schemars::{Schema, SchemaGenerator, json_schema};

use super::values::{ENERGIES, MOST_LEGS};
use crate::integrate::{LONGEST_TRAINING, MOST_EVENTS};

/// One string or a list of strings.
pub(super) fn strings(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "anyOf": [
        { "type": "string" },
        { "type": "array", "items": { "type": "string" } },
    ] })
}

/// One process line or a list of at least one.
pub(super) fn process_lines(_: &mut SchemaGenerator) -> Schema {
    let line = json_schema!({ "type": "string", "pattern": "\\S" });
    json_schema!({ "anyOf": [line, { "type": "array", "items": line, "minItems": 1 }] })
}

/// Parameters by name.
pub(super) fn parameters(_: &mut SchemaGenerator) -> Schema {
    json_schema!({
        "type": "object",
        "additionalProperties": { "anyOf": [
            { "type": "number" },
            { "type": "string", "pattern": "^[aA][uU][tT][oO]$" },
        ] },
    })
}

fn two_numbers(least: f64, largest: f64) -> Schema {
    let item = json_schema!({ "type": "number", "minimum": least, "maximum": largest });
    json_schema!({ "type": "array", "items": item, "minItems": 2, "maxItems": 2 })
}

/// Energies of two beams.
pub(super) fn energies(_: &mut SchemaGenerator) -> Schema {
    two_numbers(*ENERGIES.start(), *ENERGIES.end())
}

/// Polarisations of two beams.
pub(super) fn polarisations(_: &mut SchemaGenerator) -> Schema {
    two_numbers(-1.0, 1.0)
}

/// A name, a path or an id.
pub(super) fn pdf(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "anyOf": [{ "type": "string" }, { "type": "integer", "minimum": 0 }] })
}

/// A number above 0 and below 1.
pub(super) fn fraction(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 1 })
}

/// A number from 0, below 1.
pub(super) fn share(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "number", "minimum": 0, "exclusiveMaximum": 1 })
}

/// A number above 0.
pub(super) fn positive(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "number", "exclusiveMinimum": 0 })
}

/// A number from 0.
pub(super) fn not_negative(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "number", "minimum": 0 })
}

/// At most three energies.
pub(super) fn thresholds(_: &mut SchemaGenerator) -> Schema {
    let item = json_schema!({ "type": "number", "exclusiveMinimum": 0 });
    json_schema!({ "type": "array", "items": item, "maxItems": 3 })
}

/// A factor of the length of trainings.
pub(super) fn training(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "number", "exclusiveMinimum": 0, "maximum": LONGEST_TRAINING })
}

/// A number of widths; JSON has no infinite numbers.
pub(super) fn bw_cutoff(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "anyOf": [
        { "type": "number", "exclusiveMinimum": 0 },
        { "type": "string", "pattern": "^inf$" },
    ] })
}

/// Legs, each once.
pub(super) fn legs(_: &mut SchemaGenerator) -> Schema {
    let item = json_schema!({ "type": "integer", "minimum": 1, "maximum": MOST_LEGS });
    json_schema!({ "type": "array", "items": item, "minItems": 1, "uniqueItems": true })
}

/// A number of events, or its text.
pub(super) fn events(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "anyOf": [
        { "type": "integer", "minimum": 1, "maximum": MOST_EVENTS },
        { "type": "string", "pattern": "^[1-9][0-9_]*(\\.[0-9]+)?([eE][0-9]+)?[kMG]?$" },
    ] })
}

/// A number of flavours.
pub(super) fn flavours(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "integer", "minimum": 3, "maximum": 6 })
}
