//! The weights that lie in an ONNX file, by name. ONNX is protobuf (<https://github.com/onnx/onnx/blob/main/onnx/onnx.proto>);
//! of its messages only four fields are needed: a model's graph, a graph's initializers, and what those hold.

use std::collections::HashMap;

/// `ModelProto.graph`, `GraphProto.initializer`.
const GRAPH: u64 = 7;
const INITIALIZER: u64 = 5;
/// `TensorProto`.
const DIMS: u64 = 1;
const DATA_TYPE: u64 = 2;
const NAME: u64 = 8;
const RAW_DATA: u64 = 9;
/// `TensorProto.DataType.FLOAT`.
const FLOAT: u64 = 1;

/// A model's named tensors; they borrow the file's bytes.
pub(crate) struct Tensors<'a> {
    entries: HashMap<&'a [u8], Tensor<'a>>,
}

#[derive(Default)]
struct Tensor<'a> {
    shape: Vec<u64>,
    data_type: u64,
    data: &'a [u8],
}

impl<'a> Tensors<'a> {
    /// Finds the tensors in `file`, a whole ONNX model; the error says what is wrong with it.
    pub(crate) fn parse(file: &'a [u8]) -> Result<Self, String> {
        Self::find(file).ok_or_else(|| "it is not an ONNX file, or it is cut off".into())
    }

    fn find(file: &'a [u8]) -> Option<Self> {
        let mut entries = HashMap::new();
        for graph in Fields(file).collect::<Option<Vec<_>>>()?.into_iter().filter(|f| f.number == GRAPH) {
            for field in Fields(graph.bytes) {
                let field = field?;
                if field.number == INITIALIZER {
                    let (name, tensor) = tensor(field.bytes)?;
                    entries.insert(name, tensor);
                }
            }
        }
        Some(Self { entries })
    }

    /// The numbers of `name`, which must have `shape`; the error says what is wrong.
    pub(crate) fn take(&self, name: &str, shape: &[usize]) -> Result<Vec<f32>, String> {
        let tensor = self.entries.get(name.as_bytes()).ok_or_else(|| format!("it has no tensor {name}"))?;
        if tensor.data_type != FLOAT || !tensor.shape.iter().copied().eq(shape.iter().map(|&n| n as u64)) {
            return Err(format!("{name} is of another type than 32-bit floats {shape:?}"));
        }
        if tensor.data.len() != 4 * shape.iter().product::<usize>() {
            return Err(format!("{name} has {} bytes, which does not fit {shape:?}", tensor.data.len()));
        }
        Ok(tensor.data.as_chunks::<4>().0.iter().map(|b| f32::from_le_bytes(*b)).collect())
    }
}

/// An initializer and its name; `None` when it is damaged.
fn tensor(message: &[u8]) -> Option<(&[u8], Tensor<'_>)> {
    let (mut name, mut tensor) = (&[][..], Tensor::default());
    for field in Fields(message) {
        let Field { number, value, mut bytes } = field?;
        match number {
            DIMS if bytes.is_empty() => tensor.shape.push(value),
            DIMS => {
                while !bytes.is_empty() {
                    tensor.shape.push(varint(&mut bytes)?);
                }
            }
            DATA_TYPE => tensor.data_type = value,
            NAME => name = bytes,
            RAW_DATA => tensor.data = bytes,
            _ => {}
        }
    }
    Some((name, tensor))
}

/// A field of a protobuf message: a number's value, or the bytes of everything else.
struct Field<'a> {
    number: u64,
    value: u64,
    bytes: &'a [u8],
}

/// The fields of a message; the last is `None` when the message is damaged.
struct Fields<'a>(&'a [u8]);

impl<'a> Iterator for Fields<'a> {
    type Item = Option<Field<'a>>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.0.is_empty() {
            return None;
        }
        let field = field(&mut self.0);
        if field.is_none() {
            self.0 = &[];
        }
        Some(field)
    }
}

fn field<'a>(rest: &mut &'a [u8]) -> Option<Field<'a>> {
    let key = varint(rest)?;
    let (value, length) = match key & 7 {
        0 => (varint(rest)?, 0),
        1 => (0, 8),
        2 => (0, usize::try_from(varint(rest)?).ok()?),
        5 => (0, 4),
        _ => return None,
    };
    let (bytes, tail) = rest.split_at_checked(length)?;
    *rest = tail;
    Some(Field { number: key >> 3, value, bytes })
}

fn varint(rest: &mut &[u8]) -> Option<u64> {
    let mut value = 0;
    for shift in (0..64).step_by(7) {
        let (byte, tail) = rest.split_first()?;
        *rest = tail;
        value |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Some(value);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn put(number: u8, content: &[u8]) -> Vec<u8> {
        [&[number << 3 | 2, content.len() as u8], content].concat()
    }

    /// A model with the tensor `a`, its shape packed or not.
    fn model(shape: &[u8], data: &[f32]) -> Vec<u8> {
        let data: Vec<u8> = data.iter().flat_map(|v| v.to_le_bytes()).collect();
        let tensor = [shape, &[2 << 3, 1], &put(8, b"a"), &put(9, &data)].concat();
        [put(2, b"maker"), put(7, &put(5, &tensor))].concat()
    }

    fn complaint(file: &[u8], shape: &[usize]) -> String {
        Tensors::parse(file).and_then(|tensors| tensors.take("a", shape)).unwrap_err()
    }

    #[test]
    fn numbers_are_found_by_name() {
        for shape in [&[1 << 3, 2, 1 << 3, 1][..], &put(1, &[2, 1])] {
            let file = model(shape, &[1.5, -2.0]);
            assert_eq!(Tensors::parse(&file).unwrap().take("a", &[2, 1]).unwrap(), [1.5, -2.0]);
        }
    }

    #[test]
    fn broken_files_are_told_apart() {
        let file = model(&[1 << 3, 2], &[1.5, -2.0]);
        assert!(complaint(&file, &[3]).contains("floats [3]"));
        assert!(complaint(&model(&[1 << 3, 2], &[1.5]), &[2]).contains("does not fit"));
        assert!(complaint(&[], &[2]).contains("no tensor a"));
        assert!(complaint(&[0xff; 20], &[2]).contains("not an ONNX file"));
        for length in 8..file.len() {
            assert!(complaint(&file[..length], &[2]).contains("cut off"), "{length}");
        }
    }
}
