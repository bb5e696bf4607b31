//! A flow as a file of named tensors, and back.
//!
//! Knows names, shapes and bytes; knows no path. The format is safetensors:
//! eight bytes with the length of a JSON header, the header, then the numbers in
//! little-endian order. Names follow the structure: `coupling.2.1.weight` is
//! layer 1 of the network of coupling 2, `[n_out, n_in]`.
//! Source: the format description of safetensors 0.4
//! (<https://huggingface.co/docs/safetensors>).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::flow::Flow;
use super::settings::{FlowError, FlowSettings};
use crate::sampler::axis::Axis;

/// Changes when the meaning of a tensor does.
const FORMAT: &str = "omnis-flow-1";
/// Headers are never longer than this.
const LONGEST_HEADER: u64 = 1 << 26;

#[derive(Serialize, Deserialize)]
struct Entry {
    dtype: String,
    shape: Vec<usize>,
    data_offsets: [usize; 2],
}

fn format_error(reason: impl Into<String>) -> FlowError {
    FlowError::Format {
        reason: reason.into(),
    }
}

/// Header and numbers while they are put together.
#[derive(Default)]
struct Writer {
    header: serde_json::Map<String, serde_json::Value>,
    data: Vec<u8>,
}

impl Writer {
    fn add(&mut self, name: String, dtype: &str, shape: Vec<usize>, bytes: &[u8]) {
        let begin = self.data.len();
        self.data.extend_from_slice(bytes);
        let entry = Entry {
            dtype: dtype.to_owned(),
            shape,
            data_offsets: [begin, self.data.len()],
        };
        let entry = serde_json::to_value(entry).expect("an entry is plain data");
        self.header.insert(name, entry);
    }

    fn finish(self) -> Vec<u8> {
        let mut header =
            serde_json::to_vec(&self.header).expect("a map with string keys is valid JSON");
        while !header.len().is_multiple_of(8) {
            header.push(b' ');
        }
        let mut file = (header.len() as u64).to_le_bytes().to_vec();
        file.extend_from_slice(&header);
        file.extend_from_slice(&self.data);
        file
    }
}

struct Reader<'a> {
    entries: BTreeMap<String, Entry>,
    metadata: BTreeMap<String, String>,
    data: &'a [u8],
}

impl<'a> Reader<'a> {
    fn new(file: &'a [u8]) -> Result<Self, FlowError> {
        let length = file
            .first_chunk::<8>()
            .map(|b| u64::from_le_bytes(*b))
            .ok_or_else(|| format_error("it is shorter than its header"))?;
        if length > LONGEST_HEADER || length > file.len() as u64 - 8 {
            return Err(format_error(format!("a header of {length} bytes")));
        }
        let (header, data) = file[8..].split_at(length as usize);
        let mut header: serde_json::Map<String, serde_json::Value> =
            serde_json::from_slice(header).map_err(|e| format_error(e.to_string()))?;
        let metadata = match header.remove("__metadata__") {
            Some(value) => {
                serde_json::from_value(value).map_err(|e| format_error(e.to_string()))?
            }
            None => BTreeMap::new(),
        };
        let entries = header
            .into_iter()
            .map(|(name, value)| {
                serde_json::from_value(value)
                    .map(|entry| (name, entry))
                    .map_err(|e| format_error(e.to_string()))
            })
            .collect::<Result<BTreeMap<String, Entry>, _>>()?;
        let mut parts: Vec<[usize; 2]> = entries.values().map(|e| e.data_offsets).collect();
        parts.sort_unstable();
        let mut end = 0;
        for [from, to] in parts {
            if from != end || to < from {
                return Err(format_error(format!(
                    "tensors that overlap or leave a gap at byte {end}"
                )));
            }
            end = to;
        }
        if end != data.len() {
            return Err(format_error(format!(
                "{} bytes of tensors, where its header says {end}",
                data.len()
            )));
        }
        Ok(Self {
            entries,
            metadata,
            data,
        })
    }

    fn bytes(
        &self,
        name: &str,
        dtype: &str,
        size: usize,
        n: Option<usize>,
    ) -> Result<&[u8], FlowError> {
        let shape_error = |found| FlowError::Shape {
            name: name.to_owned(),
            found,
            expected: n.unwrap_or(0),
        };
        let entry = self.entries.get(name).ok_or_else(|| shape_error(0))?;
        let [begin, end] = entry.data_offsets;
        let bytes = self
            .data
            .get(begin..end)
            .ok_or_else(|| format_error(format!("'{name}' ends after the file")))?;
        let found = bytes.len() / size;
        let shape: Option<usize> = entry
            .shape
            .iter()
            .try_fold(1usize, |n, &s| n.checked_mul(s));
        let fits = entry.dtype == dtype && bytes.len().is_multiple_of(size) && shape == Some(found);
        if !fits {
            return Err(format_error(format!("'{name}' is no tensor of {dtype}")));
        }
        if n.is_some_and(|n| n != found) {
            return Err(shape_error(found));
        }
        Ok(bytes)
    }

    fn single(&self, name: &str, n: usize) -> Result<Vec<f32>, FlowError> {
        let bytes = self.bytes(name, "F32", 4, Some(n))?;
        let (numbers, _) = bytes.as_chunks::<4>();
        Ok(numbers.iter().map(|b| f32::from_le_bytes(*b)).collect())
    }

    fn double(&self, name: &str) -> Result<Vec<f64>, FlowError> {
        let bytes = self.bytes(name, "F64", 8, None)?;
        let (numbers, _) = bytes.as_chunks::<8>();
        Ok(numbers.iter().map(|b| f64::from_le_bytes(*b)).collect())
    }
}

impl Flow {
    /// The flow as the bytes of a safetensors file.
    pub fn to_safetensors(&self) -> Vec<u8> {
        let mut writer = Writer::default();
        for (name, network) in self.layout().networks() {
            for (k, layer) in network.layers.iter().enumerate() {
                let bytes = |from: usize, to: usize| -> Vec<u8> {
                    let numbers = self.parameters()[from..to].iter();
                    numbers.flat_map(|p| p.to_le_bytes()).collect()
                };
                let n = layer.n_out;
                let weight = format!("{name}.{k}.weight");
                writer.add(weight, "F32", vec![n, layer.n_in], &bytes(layer.w, layer.b));
                let bias = format!("{name}.{k}.bias");
                writer.add(bias, "F32", vec![n], &bytes(layer.b, layer.b + n));
            }
        }
        for (j, axis) in self.base().iter().enumerate() {
            for (name, values) in [("edges", axis.edges()), ("cdf", axis.cdf())] {
                let bytes: Vec<u8> = values.iter().flat_map(|v| v.to_le_bytes()).collect();
                let name = format!("grid.{j}.{name}");
                writer.add(name, "F64", vec![values.len()], &bytes);
            }
        }
        let settings = serde_json::to_string(self.settings()).expect("settings are plain numbers");
        let metadata = serde_json::json!({
            "format": FORMAT,
            "n_dim": self.base().len().to_string(),
            "settings": settings,
        });
        writer.header.insert("__metadata__".to_owned(), metadata);
        writer.finish()
    }

    /// The flow that [`Flow::to_safetensors`] wrote.
    ///
    /// # Errors
    /// [`FlowError`] for bytes that are truncated, foreign or of another
    /// structure.
    pub fn from_safetensors(file: &[u8]) -> Result<Self, FlowError> {
        let reader = Reader::new(file)?;
        let field = |name: &str| {
            let value = reader.metadata.get(name);
            value.ok_or_else(|| format_error(format!("no '{name}' among its metadata")))
        };
        if field("format")? != FORMAT {
            return Err(format_error(format!(
                "format '{}', where '{FORMAT}' is known",
                field("format")?
            )));
        }
        let n_dim: usize = field("n_dim")?
            .parse()
            .map_err(|_| format_error("n_dim is no number"))?;
        let settings: FlowSettings =
            serde_json::from_str(field("settings")?).map_err(|e| format_error(e.to_string()))?;
        settings.validate(n_dim)?;
        let axes = (0..n_dim)
            .map(|j| {
                let edges = reader.double(&format!("grid.{j}.edges"))?;
                let cdf = reader.double(&format!("grid.{j}.cdf"))?;
                Axis::from_parts(edges, cdf).map_err(format_error)
            })
            .collect::<Result<Vec<Axis>, FlowError>>()?;
        let mut flow = Self::on(&axes, settings)?;
        let mut parameters = Vec::with_capacity(flow.parameters().len());
        for (name, network) in flow.layout().networks() {
            for (k, layer) in network.layers.iter().enumerate() {
                let n = layer.n_out;
                parameters.extend(reader.single(&format!("{name}.{k}.weight"), n * layer.n_in)?);
                parameters.extend(reader.single(&format!("{name}.{k}.bias"), n)?);
            }
        }
        flow.set_parameters(&parameters)?;
        Ok(flow)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sampler::vegas::{Vegas, VegasSettings};

    fn flow() -> Flow {
        let settings = FlowSettings {
            cells: vec![(1, 3)],
            n_units: 8,
            ..Default::default()
        };
        Flow::new(&Vegas::new(3, VegasSettings::default()), settings, 5).unwrap()
    }

    #[test]
    fn a_file_comes_back_bit_for_bit() {
        let flow = flow();
        assert_eq!(Flow::from_safetensors(&flow.to_safetensors()), Ok(flow));
    }

    #[test]
    fn broken_files_are_refused() {
        let file = flow().to_safetensors();
        for n in [0, 7, 100, file.len() - 1] {
            assert!(Flow::from_safetensors(&file[..n]).is_err(), "{n}");
        }
        let text = String::from_utf8_lossy(&file[..file.len()]).into_owned();
        assert!(text.contains("coupling.0.0.weight"));
        let patched = |from: &[u8], to: &[u8]| {
            let at = file.windows(from.len()).position(|w| w == from).unwrap();
            let mut other = file.clone();
            other[at..at + to.len()].copy_from_slice(to);
            Flow::from_safetensors(&other).unwrap_err()
        };
        let other = patched(b"omnis-flow-1", b"omnis-flow-9");
        assert!(other.to_string().contains("omnis-flow-9"), "{other}");
        let missing = patched(b"choice.0.1.bias", b"choice.0.1.biaz");
        assert!(missing.to_string().contains("choice.0.1.bias"), "{missing}");
        let mut not_finite = file.clone();
        let n = file.len();
        not_finite[n - 8..].copy_from_slice(&f64::NAN.to_le_bytes());
        assert!(Flow::from_safetensors(&not_finite).is_err());
        assert!(Flow::from_safetensors(b"GIF89a, no tensors at all").is_err());
        let longer = [&file[..], &[0]].concat();
        let longer = Flow::from_safetensors(&longer).unwrap_err();
        assert!(
            longer.to_string().contains("where its header says"),
            "{longer}"
        );
        let truncated = Flow::from_safetensors(&file[..n - 4]).unwrap_err();
        assert!(
            truncated.to_string().contains("where its header says"),
            "{truncated}"
        );
    }
}
