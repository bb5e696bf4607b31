//! A hash of what makes a map: the values in its tables, whatever they are called.
//!
//! Knows values; knows no name of a type, a field or a variant, so that renaming
//! one changes nothing. Numbers count to twelve digits: another processor may
//! round the last ones differently.
//! Source: FNV-1a with 128 bits (RFC 9923).

use std::fmt::Display;

use serde::Serialize;
use serde::ser::{self, Serializer};

const OFFSET: u128 = 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d;
const PRIME: u128 = 0x0000_0000_0100_0000_0000_0000_0000_013b;

/// Hash of the values of `table`, in their order, with the numbers of variants and
/// the lengths of lists.
pub(crate) fn fingerprint(table: &impl Serialize) -> u128 {
    let mut hasher = Hasher { state: OFFSET };
    let hashed = table.serialize(&mut hasher);
    hashed.expect("hashing does not fail");
    hasher.state
}

struct Hasher {
    state: u128,
}

impl Hasher {
    fn enter(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.state = (self.state ^ u128::from(*byte)).wrapping_mul(PRIME);
        }
        // An end, which is part of no text of numbers.
        self.state = (self.state ^ 0xff).wrapping_mul(PRIME);
    }
}

/// Hashing does not fail, but the trait wants an error.
#[derive(Debug)]
struct Never;

impl Display for Never {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("hashing does not fail")
    }
}

impl std::error::Error for Never {}

impl ser::Error for Never {
    fn custom<T: Display>(_: T) -> Self {
        Self
    }
}

type Done = Result<(), Never>;

macro_rules! integers {
    ($($method:ident $type:ty),*) => {
        $(fn $method(self, v: $type) -> Done {
            self.enter(v.to_string().as_bytes());
            Ok(())
        })*
    };
}

impl Serializer for &mut Hasher {
    type Ok = ();
    type Error = Never;
    type SerializeSeq = Self;
    type SerializeTuple = Self;
    type SerializeTupleStruct = Self;
    type SerializeTupleVariant = Self;
    type SerializeMap = Self;
    type SerializeStruct = Self;
    type SerializeStructVariant = Self;

    integers!(serialize_i8 i8, serialize_i16 i16, serialize_i32 i32, serialize_i64 i64);
    integers!(serialize_u8 u8, serialize_u16 u16, serialize_u32 u32, serialize_u64 u64);
    integers!(serialize_i128 i128, serialize_u128 u128, serialize_char char);

    fn serialize_bool(self, v: bool) -> Done {
        self.serialize_u8(u8::from(v))
    }
    fn serialize_f32(self, v: f32) -> Done {
        self.serialize_f64(f64::from(v))
    }
    fn serialize_f64(self, v: f64) -> Done {
        // Both zeros are the same number.
        let v = if v == 0.0 { 0.0 } else { v };
        self.enter(format!("{v:.11e}").as_bytes());
        Ok(())
    }
    fn serialize_str(self, v: &str) -> Done {
        self.enter(v.as_bytes());
        Ok(())
    }
    fn serialize_bytes(self, v: &[u8]) -> Done {
        self.enter(v);
        Ok(())
    }
    fn serialize_none(self) -> Done {
        self.serialize_str("none")
    }
    fn serialize_some<T: Serialize + ?Sized>(self, v: &T) -> Done {
        self.serialize_str("some")?;
        v.serialize(self)
    }
    fn serialize_unit(self) -> Done {
        self.serialize_str("unit")
    }
    fn serialize_unit_struct(self, _: &'static str) -> Done {
        self.serialize_unit()
    }
    fn serialize_unit_variant(self, _: &'static str, index: u32, _: &'static str) -> Done {
        self.serialize_u32(index)
    }
    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, _: &'static str, v: &T) -> Done {
        v.serialize(self)
    }
    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        index: u32,
        _: &'static str,
        v: &T,
    ) -> Done {
        self.enter(index.to_string().as_bytes());
        v.serialize(self)
    }
    fn serialize_seq(self, len: Option<usize>) -> Result<Self, Never> {
        self.enter(len.unwrap_or(0).to_string().as_bytes());
        Ok(self)
    }
    fn serialize_tuple(self, len: usize) -> Result<Self, Never> {
        self.serialize_seq(Some(len))
    }
    fn serialize_tuple_struct(self, _: &'static str, len: usize) -> Result<Self, Never> {
        self.serialize_seq(Some(len))
    }
    fn serialize_tuple_variant(
        self,
        _: &'static str,
        index: u32,
        _: &'static str,
        len: usize,
    ) -> Result<Self, Never> {
        self.enter(index.to_string().as_bytes());
        self.serialize_seq(Some(len))
    }
    fn serialize_map(self, len: Option<usize>) -> Result<Self, Never> {
        self.serialize_seq(len)
    }
    fn serialize_struct(self, _: &'static str, len: usize) -> Result<Self, Never> {
        self.serialize_seq(Some(len))
    }
    fn serialize_struct_variant(
        self,
        _: &'static str,
        index: u32,
        _: &'static str,
        len: usize,
    ) -> Result<Self, Never> {
        self.enter(index.to_string().as_bytes());
        self.serialize_seq(Some(len))
    }
}

macro_rules! elements {
    ($($trait:ident $method:ident),*) => {
        $(impl ser::$trait for &mut Hasher {
            type Ok = ();
            type Error = Never;
            fn $method<T: Serialize + ?Sized>(&mut self, v: &T) -> Done {
                v.serialize(&mut **self)
            }
            fn end(self) -> Done {
                Ok(())
            }
        })*
    };
}

elements!(
    SerializeSeq serialize_element,
    SerializeTuple serialize_element,
    SerializeTupleStruct serialize_field,
    SerializeTupleVariant serialize_field
);

macro_rules! fields {
    ($($trait:ident),*) => {
        $(impl ser::$trait for &mut Hasher {
            type Ok = ();
            type Error = Never;
            fn serialize_field<T: Serialize + ?Sized>(&mut self, _: &'static str, v: &T) -> Done {
                v.serialize(&mut **self)
            }
            fn end(self) -> Done {
                Ok(())
            }
        })*
    };
}

fields!(SerializeStruct, SerializeStructVariant);

impl ser::SerializeMap for &mut Hasher {
    type Ok = ();
    type Error = Never;
    fn serialize_key<T: Serialize + ?Sized>(&mut self, v: &T) -> Done {
        v.serialize(&mut **self)
    }
    fn serialize_value<T: Serialize + ?Sized>(&mut self, v: &T) -> Done {
        v.serialize(&mut **self)
    }
    fn end(self) -> Done {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Serialize)]
    struct Table {
        mass: f64,
        sets: Vec<u32>,
        kind: Kind,
    }

    #[derive(Serialize)]
    enum Kind {
        Open,
        At(f64),
    }

    #[derive(Serialize)]
    struct Renamed {
        m: f64,
        legs: Vec<u32>,
        way: Kind,
    }

    fn table(mass: f64, sets: &[u32], kind: Kind) -> u128 {
        fingerprint(&Table {
            mass,
            sets: sets.to_vec(),
            kind,
        })
    }

    #[test]
    fn values_count_and_names_do_not() {
        let one = table(91.1876, &[3, 5], Kind::At(2.0));
        let renamed = Renamed {
            m: 91.1876,
            legs: vec![3, 5],
            way: Kind::At(2.0),
        };
        assert_eq!(one, fingerprint(&renamed));
        for other in [
            table(91.19, &[3, 5], Kind::At(2.0)),
            table(91.1876, &[5, 3], Kind::At(2.0)),
            table(91.1876, &[35], Kind::At(2.0)),
            table(91.1876, &[3, 5], Kind::At(2.5)),
            table(91.1876, &[3, 5], Kind::Open),
        ] {
            assert_ne!(one, other);
        }
    }

    #[test]
    fn the_last_digits_do_not_count() {
        let next = f64::next_up(91.1876);
        assert_eq!(
            table(91.1876, &[], Kind::Open),
            table(next, &[], Kind::Open)
        );
        assert_eq!(fingerprint(&0.0), fingerprint(&-0.0));
        assert_ne!(fingerprint(&f64::INFINITY), fingerprint(&f64::NEG_INFINITY));
    }
}
