//! Reading tensors from CTranslate2's `model.bin`.
//!
//! The format (`model.cc` and `model_spec.py` of CTranslate2, binary version 6): a version, the name and the revision of
//! the kind of model, then for each tensor its name, its shape, its type, its size in bytes and its values.

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::Path;

/// The only version of the file that is known here.
const BINARY_VERSION: u32 = 6;
/// Codes of the types.
const FLOAT32: u8 = 0;
const INT8: u8 = 1;
const INT16: u8 = 2;
const FLOAT16: u8 = 4;

/// Numbers and their shape.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tensor {
    pub(crate) values: Vec<f32>,
    pub(crate) shape: Vec<usize>,
}

impl Tensor {
    /// The last dimension.
    pub(crate) fn width(&self) -> usize {
        self.shape.last().copied().unwrap_or(1)
    }
}

/// The tensors of a model whose names begin in one way.
pub(crate) struct Tensors(HashMap<String, Tensor>);

impl Tensors {
    /// Reads those of `file` whose names begin with `prefix`.
    ///
    /// # Errors
    /// When the file cannot be read, or has another version or a type that is not known.
    pub(crate) fn read(file: &Path, prefix: &str) -> io::Result<Self> {
        let mut file = BufReader::new(File::open(file)?);
        let version = u32::from_le_bytes(bytes(&mut file)?);
        if version != BINARY_VERSION {
            return Err(io::Error::other(format!("version {version} of the file is not known, only {BINARY_VERSION}")));
        }
        name(&mut file)?;
        let (_revision, count) = (u32::from_le_bytes(bytes(&mut file)?), u32::from_le_bytes(bytes(&mut file)?));
        let mut tensors = HashMap::new();
        for _ in 0..count {
            let name = name(&mut file)?;
            let [rank] = bytes(&mut file)?;
            let shape: io::Result<Vec<usize>> =
                (0..rank).map(|_| Ok(u32::from_le_bytes(bytes(&mut file)?) as usize)).collect();
            let ([kind], size) = (bytes(&mut file)?, u32::from_le_bytes(bytes(&mut file)?));
            if name.starts_with(prefix) {
                let mut data = vec![0; size as usize];
                file.read_exact(&mut data)?;
                tensors.insert(name, Tensor { values: values(&data, kind)?, shape: shape? });
            } else {
                file.seek_relative(size.into())?;
            }
        }
        Ok(Self(tensors).scaled())
    }

    /// The tensor called `name`.
    ///
    /// # Errors
    /// When there is none.
    pub(crate) fn take(&mut self, name: &str) -> io::Result<Tensor> {
        self.0.remove(name).ok_or_else(|| io::Error::other(format!("it has no {name}")))
    }

    /// Whether there is a tensor of this name.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    /// Weights in 8 bits as what they stand for: each row divided by its scale.
    fn scaled(mut self) -> Self {
        let names: Vec<String> =
            self.0.keys().filter_map(|name| Some(name.strip_suffix("_scale")?.to_owned())).collect();
        for name in names {
            let scales = self.0.remove(&format!("{name}_scale")).unwrap_or_default();
            if let Some(tensor) = self.0.get_mut(&name) {
                let width = tensor.width();
                let rows = tensor.values.chunks_exact_mut(width).zip(scales.values);
                rows.for_each(|(row, scale)| row.iter_mut().for_each(|value| *value /= scale));
            }
        }
        self
    }
}

fn bytes<const N: usize>(file: &mut impl Read) -> io::Result<[u8; N]> {
    let mut bytes = [0; N];
    file.read_exact(&mut bytes)?;
    Ok(bytes)
}

/// A length, and so many bytes of which the last is zero.
fn name(file: &mut impl Read) -> io::Result<String> {
    let mut name = vec![0; u16::from_le_bytes(bytes(file)?).into()];
    file.read_exact(&mut name)?;
    Ok(String::from_utf8_lossy(&name).trim_end_matches('\0').to_owned())
}

fn values(data: &[u8], kind: u8) -> io::Result<Vec<f32>> {
    match kind {
        FLOAT32 => Ok(data.as_chunks().0.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect()),
        FLOAT16 => Ok(data.as_chunks().0.iter().map(|bytes| from_half(u16::from_le_bytes(*bytes))).collect()),
        INT8 => Ok(data.iter().map(|byte| f32::from(*byte as i8)).collect()),
        INT16 => Ok(data.as_chunks().0.iter().map(|bytes| f32::from(i16::from_le_bytes(*bytes))).collect()),
        _ => Err(io::Error::other(format!("numbers of type {kind} are not known"))),
    }
}

/// A float of 16 bits (IEEE 754 binary16): its exponent is moved to where one of 32 bits has it.
fn from_half(bits: u16) -> f32 {
    let sign = if bits & 0x8000 == 0 { 1.0 } else { -1.0 };
    let size = u32::from(bits & 0x7fff);
    let exponent_moved = f32::from_bits(size << 13) * 2f32.powi(112);
    let unbounded = if size < 0x7c00 { exponent_moved } else { f32::from_bits(0x7f80_0000 | (size & 0x3ff) << 13) };
    sign * unbounded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halves_are_what_they_stand_for() {
        let known =
            [(0x3c00, 1.0), (0xc000, -2.0), (0x3555, 0.333_251_95), (0x0001, 5.960_464_5e-8), (0x7bff, 65504.0)];
        assert!(known.into_iter().all(|(bits, value)| from_half(bits) == value));
        assert!(from_half(0x7c00).is_infinite() && from_half(0x7e00).is_nan());
    }

    #[test]
    fn only_what_is_asked_for_is_read_and_scales_are_applied() {
        let text =
            |text: &str| [(text.len() as u16 + 1).to_le_bytes().to_vec(), text.as_bytes().to_vec(), vec![0]].concat();
        let tensor = |name: &str, shape: &[u32], kind: u8, data: Vec<u8>| {
            let shape = [vec![shape.len() as u8], shape.iter().flat_map(|n| n.to_le_bytes()).collect()].concat();
            [text(name), shape, vec![kind], (data.len() as u32).to_le_bytes().to_vec(), data].concat()
        };
        let file = tempfile::NamedTempFile::new().unwrap();
        let content = [
            6u32.to_le_bytes().to_vec(),
            text("WhisperSpec"),
            [3u32.to_le_bytes(), 3u32.to_le_bytes()].concat(),
            tensor("a/weight", &[2, 2], INT8, vec![10, 0xf6, 40, 80]),
            tensor("b/weight", &[1], FLOAT32, 1f32.to_le_bytes().to_vec()),
            tensor("a/weight_scale", &[2], FLOAT32, [10f32.to_le_bytes(), 40f32.to_le_bytes()].concat()),
        ];
        std::fs::write(file.path(), content.concat()).unwrap();
        let mut tensors = Tensors::read(file.path(), "a/").unwrap();
        let weight = tensors.take("a/weight").unwrap();
        assert_eq!((weight.values, weight.shape), (vec![1.0, -1.0, 1.0, 2.0], vec![2, 2]));
        assert!(tensors.take("b/weight").unwrap_err().to_string().contains("b/weight"));
    }
}
