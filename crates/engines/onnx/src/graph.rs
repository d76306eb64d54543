//! A model's graph, read from its file: what is computed, and the numbers it is computed with.

use std::collections::{HashMap, HashSet};

use crate::wire::{Field, fields, put, varints};

/// Fields of `ModelProto`, `GraphProto`, `NodeProto`, `AttributeProto`, `TensorProto` and `ValueInfoProto` in
/// `onnx.proto`.
const MODEL_GRAPH: u64 = 7;
const GRAPH_NODE: u64 = 1;
const GRAPH_INITIALIZER: u64 = 5;
const GRAPH_OUTPUT: u64 = 12;
const GRAPH_VALUE_INFO: u64 = 13;
const NODE_INPUT: u64 = 1;
const NODE_OUTPUT: u64 = 2;
const NODE_NAME: u64 = 3;
const NODE_OPERATOR: u64 = 4;
const NODE_ATTRIBUTE: u64 = 5;
const ATTRIBUTE_NAME: u64 = 1;
const ATTRIBUTE_FLOAT: u64 = 2;
const ATTRIBUTE_TENSOR: u64 = 5;
const ATTRIBUTE_INTS: u64 = 8;
const TENSOR_DIMENSIONS: u64 = 1;
const TENSOR_TYPE: u64 = 2;
const TENSOR_FLOATS: u64 = 4;
const TENSOR_INT32S: u64 = 5;
const TENSOR_INT64S: u64 = 7;
const TENSOR_NAME: u64 = 8;
const TENSOR_RAW: u64 = 9;
/// A `TypeProto` that says: a tensor of f32, of any shape.
const FLOATS_OF_ANY_SHAPE: [u8; 4] = [0x0a, 0x02, 0x08, 0x01];

/// A graph; everything in it borrows from the file's bytes.
#[derive(Debug)]
pub struct Graph<'a> {
    outside: Vec<Field<'a>>,
    inside: Vec<Field<'a>>,
    nodes: Vec<Node<'a>>,
    tensors: HashMap<&'a str, &'a [u8]>,
}

/// One step of the computation.
#[derive(Debug)]
pub struct Node<'a> {
    /// Its name.
    pub name: &'a str,
    /// What it does, for instance `Conv`.
    pub operator: &'a str,
    /// The names of what it takes; empty where an optional input is left out.
    pub inputs: Vec<&'a str>,
    /// The names of what it makes.
    pub outputs: Vec<&'a str>,
    inside: Vec<Field<'a>>,
    raw: &'a [u8],
}

/// Numbers that the model brings along.
#[derive(Clone, Debug, PartialEq)]
pub struct Constant {
    /// Its shape; empty for a single number.
    pub shape: Vec<usize>,
    /// Its values, the last dimension next to each other.
    pub values: Vec<f32>,
}

impl<'a> Graph<'a> {
    /// Reads `model`, the bytes of an ONNX file; `None` when they are damaged.
    pub fn read(model: &'a [u8]) -> Option<Self> {
        let outside = fields(model)?;
        let inside = fields(outside.iter().find(|field| field.number == MODEL_GRAPH)?.content)?;
        let of = |number: u64| inside.iter().filter(move |field| field.number == number);
        let nodes = of(GRAPH_NODE).map(Node::read).collect::<Option<Vec<_>>>()?;
        let named = |field: &Field<'a>| Some((text(&fields(field.content)?, TENSOR_NAME)?, field.content));
        let mut tensors = of(GRAPH_INITIALIZER).map(named).collect::<Option<HashMap<_, _>>>()?;
        let constants = nodes.iter().filter(|node| node.operator == "Constant");
        tensors.extend(constants.filter_map(|node| {
            Some((*node.outputs.first()?, find(&node.attribute("value")?, ATTRIBUTE_TENSOR)?.content))
        }));
        Some(Self { outside, inside, nodes, tensors })
    }

    /// All nodes, in an order in which they can be computed.
    pub fn nodes(&self) -> &[Node<'a>] {
        &self.nodes
    }

    /// The node of that name.
    pub fn node(&self, name: &str) -> Option<&Node<'a>> {
        self.nodes.iter().find(|node| node.name == name)
    }

    /// Whether the model brings numbers of that name along.
    pub fn is_constant(&self, name: &str) -> bool {
        self.tensors.contains_key(name)
    }

    /// The numbers of that name; whole numbers become f32. `None` when there are none, or of another kind.
    pub fn constant(&self, name: &str) -> Option<Constant> {
        let inside = fields(self.tensors.get(name)?)?;
        let shape = integers(&inside, TENSOR_DIMENSIONS)?.into_iter().map(|n| n as usize).collect::<Vec<_>>();
        let values = values(&inside)?;
        // A scalar zero may be left out, as everything that has its default value.
        let values = if values.is_empty() && shape.is_empty() { vec![0.0] } else { values };
        (values.len() == shape.iter().product::<usize>()).then_some(Constant { shape, values })
    }

    /// The tensors that other nodes make and those in `part` take.
    pub fn crossing(&self, part: impl Fn(&Node<'_>) -> bool) -> Vec<&'a str> {
        let outside = self.nodes.iter().filter(|node| !part(node) && node.operator != "Constant");
        let made: HashSet<&str> = outside.flat_map(|node| node.outputs.iter().copied()).collect();
        let mut crossing: Vec<&str> = Vec::new();
        for name in self.nodes.iter().filter(|node| part(node)).flat_map(|node| &node.inputs) {
            if made.contains(name) && !crossing.contains(name) {
                crossing.push(name);
            }
        }
        crossing
    }

    /// A model that computes `outputs`, all of them f32, and nothing that they do not need.
    pub fn up_to(&self, outputs: &[&str]) -> Vec<u8> {
        let kept = self.needed_for(outputs);
        let used: HashSet<&str> = kept.iter().flat_map(|at| self.nodes[*at].inputs.iter().copied()).collect();
        let mut graph = Vec::new();
        for (_, node) in self.nodes.iter().enumerate().filter(|(at, _)| kept.contains(at)) {
            graph.extend_from_slice(node.raw);
        }
        for field in self.inside.iter().filter(|field| match field.number {
            GRAPH_NODE | GRAPH_OUTPUT | GRAPH_VALUE_INFO => false,
            GRAPH_INITIALIZER => name_of(field).is_some_and(|name| used.contains(name)),
            _ => true,
        }) {
            graph.extend_from_slice(field.raw);
        }
        for output in outputs {
            let mut value = Vec::new();
            put(&mut value, 1, output.as_bytes());
            put(&mut value, 2, &FLOATS_OF_ANY_SHAPE);
            put(&mut graph, GRAPH_OUTPUT, &value);
        }
        let mut model = Vec::with_capacity(graph.len() + 1_024);
        for field in self.outside.iter().filter(|field| field.number != MODEL_GRAPH) {
            model.extend_from_slice(field.raw);
        }
        put(&mut model, MODEL_GRAPH, &graph);
        model
    }

    /// The positions of the nodes that `outputs` are made by.
    fn needed_for(&self, outputs: &[&str]) -> HashSet<usize> {
        let made =
            |(at, node): (usize, &Node<'a>)| node.outputs.iter().map(move |name| (*name, at)).collect::<Vec<_>>();
        let makers: HashMap<&str, usize> = self.nodes.iter().enumerate().flat_map(made).collect();
        let mut open: Vec<&str> = outputs.to_vec();
        let mut kept = HashSet::new();
        while let Some(name) = open.pop() {
            if let Some(&at) = makers.get(name).filter(|at| !kept.contains(*at)) {
                kept.insert(at);
                open.extend(&self.nodes[at].inputs);
            }
        }
        kept
    }
}

impl<'a> Node<'a> {
    fn read(field: &Field<'a>) -> Option<Self> {
        let inside = fields(field.content)?;
        let all = |number: u64| {
            let of = inside.iter().filter(move |field| field.number == number);
            of.map(|field| std::str::from_utf8(field.content).ok()).collect::<Option<Vec<_>>>()
        };
        Some(Self {
            name: text(&inside, NODE_NAME).unwrap_or_default(),
            operator: text(&inside, NODE_OPERATOR)?,
            inputs: all(NODE_INPUT)?,
            outputs: all(NODE_OUTPUT)?,
            inside,
            raw: field.raw,
        })
    }

    /// Whole numbers of the attribute `name`.
    pub fn ints(&self, name: &str) -> Option<Vec<i64>> {
        Some(integers(&self.attribute(name)?, ATTRIBUTE_INTS)?.into_iter().map(|n| n as i64).collect())
    }

    /// The number of the attribute `name`.
    pub fn float(&self, name: &str) -> Option<f32> {
        find(&self.attribute(name)?, ATTRIBUTE_FLOAT).map(|field| f32::from_bits(field.value as u32))
    }

    fn attribute(&self, name: &str) -> Option<Vec<Field<'a>>> {
        let of = self.inside.iter().filter(|field| field.number == NODE_ATTRIBUTE);
        of.filter_map(|field| fields(field.content)).find(|inside| text(inside, ATTRIBUTE_NAME) == Some(name))
    }
}

fn find<'a>(inside: &[Field<'a>], number: u64) -> Option<Field<'a>> {
    inside.iter().find(|field| field.number == number).copied()
}

fn text<'a>(inside: &[Field<'a>], number: u64) -> Option<&'a str> {
    std::str::from_utf8(find(inside, number)?.content).ok()
}

fn name_of<'a>(tensor: &Field<'a>) -> Option<&'a str> {
    text(&fields(tensor.content)?, TENSOR_NAME)
}

/// A repeated whole number, packed or not.
fn integers(inside: &[Field<'_>], number: u64) -> Option<Vec<u64>> {
    let of = inside.iter().filter(|field| field.number == number);
    of.map(|field| if field.content.is_empty() { Some(vec![field.value]) } else { varints(field.content) })
        .collect::<Option<Vec<_>>>()
        .map(|lists| lists.concat())
}

/// The values of a tensor of f32, u8, i8, i32 or i64.
fn values(inside: &[Field<'_>]) -> Option<Vec<f32>> {
    let raw = find(inside, TENSOR_RAW).map(|field| field.content);
    let whole = |number: u64| integers(inside, number);
    Some(match (find(inside, TENSOR_TYPE)?.value, raw) {
        (1, raw) => {
            let bytes = raw.or_else(|| find(inside, TENSOR_FLOATS).map(|field| field.content)).unwrap_or_default();
            bytes.as_chunks::<4>().0.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect()
        }
        (2, Some(raw)) => raw.iter().map(|byte| f32::from(*byte)).collect(),
        (3, Some(raw)) => raw.iter().map(|byte| f32::from(*byte as i8)).collect(),
        (6, Some(raw)) => raw.as_chunks::<4>().0.iter().map(|bytes| i32::from_le_bytes(*bytes) as f32).collect(),
        (7, Some(raw)) => raw.as_chunks::<8>().0.iter().map(|bytes| i64::from_le_bytes(*bytes) as f32).collect(),
        (2 | 3 | 6, None) => whole(TENSOR_INT32S)?.into_iter().map(|n| n as i64 as f32).collect(),
        (7, None) => whole(TENSOR_INT64S)?.into_iter().map(|n| n as i64 as f32).collect(),
        _ => return None,
    })
}
