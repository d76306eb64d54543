//! A model cut in two where only one tensor crosses, so that its second half can be run piece by piece.

use std::collections::{HashMap, HashSet};

use crate::wire::{Field, fields, put};

/// Fields of `ModelProto`, `GraphProto`, `NodeProto`, `AttributeProto` and `ValueInfoProto` in `onnx.proto`.
const MODEL_GRAPH: u64 = 7;
const GRAPH_NODE: u64 = 1;
const GRAPH_INITIALIZER: u64 = 5;
const GRAPH_INPUT: u64 = 11;
const GRAPH_OUTPUT: u64 = 12;
const GRAPH_VALUE_INFO: u64 = 13;
const NODE_INPUT: u64 = 1;
const NODE_OUTPUT: u64 = 2;
const NODE_NAME: u64 = 3;
const NODE_ATTRIBUTE: u64 = 5;
const ATTRIBUTE_GRAPH: u64 = 6;
const TENSOR_NAME: u64 = 8;
const VALUE_NAME: u64 = 1;

/// Two models that do together what one did.
#[derive(Clone, Debug)]
pub struct Halves {
    /// From the model's inputs to the tensor that crosses, its only output.
    pub first: Vec<u8>,
    /// From that tensor, its only input, to the model's outputs.
    pub second: Vec<u8>,
}

struct Node<'a> {
    field: Field<'a>,
    inputs: Vec<&'a [u8]>,
    outputs: Vec<&'a [u8]>,
    in_second: bool,
}

/// Cuts `model` (the bytes of an ONNX file) before the nodes whose names begin with `prefix`. `None` when more than
/// one tensor crosses, when nodes have graphs inside, or when the file is damaged: then there is nothing to cut.
pub fn split(model: &[u8], prefix: &str) -> Option<Halves> {
    let outside = fields(model)?;
    let graph = fields(outside.iter().find(|field| field.number == MODEL_GRAPH)?.content)?;
    let nodes =
        graph.iter().filter(|f| f.number == GRAPH_NODE).map(|f| node(*f, prefix)).collect::<Option<Vec<_>>>()?;
    let crossing = crossing(&nodes)?;
    let value = graph.iter().find(|f| f.number == GRAPH_VALUE_INFO && name(f.content, VALUE_NAME) == Some(crossing))?;
    let ends = graph.iter().filter(|f| f.number == GRAPH_OUTPUT).map(|f| name(f.content, VALUE_NAME));
    let ends = ends.collect::<Option<Vec<_>>>()?;
    let build = |wanted: &[&[u8]], number: u64, dropped: &[u64]| {
        let kept = needed(&nodes, wanted, crossing, number == GRAPH_INPUT);
        let graph = part(&graph, &nodes, &kept, value.content, number, dropped);
        with_graph(&outside, &graph)
    };
    Some(Halves {
        first: build(&[crossing], GRAPH_OUTPUT, &[GRAPH_OUTPUT, GRAPH_VALUE_INFO]),
        second: build(&ends, GRAPH_INPUT, &[GRAPH_INPUT, GRAPH_VALUE_INFO]),
    })
}

fn node<'a>(field: Field<'a>, prefix: &str) -> Option<Node<'a>> {
    let inside = fields(field.content)?;
    for attribute in inside.iter().filter(|f| f.number == NODE_ATTRIBUTE) {
        if fields(attribute.content)?.iter().any(|f| f.number == ATTRIBUTE_GRAPH) {
            return None;
        }
    }
    let all = |number: u64| inside.iter().filter(|f| f.number == number).map(|f| f.content).collect();
    let in_second = name(field.content, NODE_NAME).is_some_and(|name| name.starts_with(prefix.as_bytes()));
    Some(Node { field, inputs: all(NODE_INPUT), outputs: all(NODE_OUTPUT), in_second })
}

/// The one tensor that nodes before the cut make and nodes after it take. Constants do not count: they go along.
fn crossing<'a>(nodes: &[Node<'a>]) -> Option<&'a [u8]> {
    let made: HashSet<&[u8]> =
        nodes.iter().filter(|n| !n.in_second && !n.inputs.is_empty()).flat_map(|n| n.outputs.iter().copied()).collect();
    let taken = nodes.iter().filter(|n| n.in_second).flat_map(|n| n.inputs.iter().copied());
    let crossing: HashSet<&[u8]> = taken.filter(|name| made.contains(name)).collect();
    if crossing.len() == 1 { crossing.into_iter().next() } else { None }
}

/// The positions of the nodes that `wanted` are made by; behind the cut, those before it are left out.
fn needed(nodes: &[Node<'_>], wanted: &[&[u8]], crossing: &[u8], behind: bool) -> HashSet<usize> {
    let makers: HashMap<&[u8], usize> =
        nodes.iter().enumerate().flat_map(|(at, node)| node.outputs.iter().map(move |name| (*name, at))).collect();
    let mut open: Vec<&[u8]> = wanted.to_vec();
    let mut kept = HashSet::new();
    while let Some(name) = open.pop() {
        if behind && name == crossing {
            continue;
        }
        if let Some(&at) = makers.get(name).filter(|at| !kept.contains(*at)) {
            kept.insert(at);
            open.extend(&nodes[at].inputs);
        }
    }
    kept
}

/// The graph with the nodes `kept`, the tensors they use, and the crossing one as input or output `number`.
fn part(
    graph: &[Field<'_>],
    nodes: &[Node<'_>],
    kept: &HashSet<usize>,
    crossing: &[u8],
    number: u64,
    dropped: &[u64],
) -> Vec<u8> {
    let used: HashSet<&[u8]> = kept.iter().flat_map(|at| nodes[*at].inputs.iter().copied()).collect();
    let mut bytes = Vec::new();
    for (_, node) in nodes.iter().enumerate().filter(|(at, _)| kept.contains(at)) {
        bytes.extend_from_slice(node.field.raw);
    }
    for field in graph.iter().filter(|f| f.number != GRAPH_NODE && !dropped.contains(&f.number)) {
        let unused = field.number == GRAPH_INITIALIZER
            && name(field.content, TENSOR_NAME).is_some_and(|tensor| !used.contains(tensor));
        if !unused {
            bytes.extend_from_slice(field.raw);
        }
    }
    put(&mut bytes, number, crossing);
    bytes
}

fn with_graph(model: &[Field<'_>], graph: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(graph.len() + 1_024);
    for field in model.iter().filter(|field| field.number != MODEL_GRAPH) {
        bytes.extend_from_slice(field.raw);
    }
    put(&mut bytes, MODEL_GRAPH, graph);
    bytes
}

fn name(message: &[u8], number: u64) -> Option<&[u8]> {
    fields(message)?.into_iter().find(|field| field.number == number).map(|field| field.content)
}
