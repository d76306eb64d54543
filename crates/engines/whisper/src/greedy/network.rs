//! The decoder's layers, from tokens to what is likely to come next.

use std::collections::VecDeque;
use std::io;
use std::path::Path;

use super::attention::Attention;
use super::kernel::Kernel;
use super::keys_values::KeysValues;
use super::layer::Layer;
use super::linear::Linear;
use super::norm::Norm;
use super::tensors::{Tensor, Tensors};
use crate::storage::Matrix;

/// The decoder of a Whisper model.
pub(super) struct Network {
    kernel: Kernel,
    /// A row for each token, from which it is made and with which it is told.
    tokens: Linear,
    positions: Tensor,
    layers: Vec<Layer>,
    /// Heads whose attention is kept.
    watched: usize,
    norm: Norm,
    /// What each layer can attend to in silence, position by position.
    silence: Vec<KeysValues>,
}

/// A text in progress.
pub(super) struct State {
    /// Of each layer: what it can attend to in the tokens so far, and in the sound.
    layers: Vec<(KeysValues, KeysValues)>,
    pub(super) attention: Attention,
    length: usize,
    /// The positions of silence after the sound.
    silence: std::ops::Range<usize>,
}

impl Network {
    /// Reads it from CTranslate2's `model.bin`; `silence` is the encoder's picture of nothing, `watched` the layers and
    /// heads that follow the sound.
    ///
    /// # Errors
    /// When the file cannot be read, or is none of a Whisper model.
    pub(super) fn read(file: &Path, silence: &Matrix, watched: &[(usize, usize)]) -> io::Result<Self> {
        let mut tensors = Tensors::read(file, "decoder/")?;
        let kernel = Kernel::best();
        let heads = tensors.take("decoder/num_heads")?.values.first().map_or(1, |heads| *heads as usize);
        let names = (0..).map(|number| format!("decoder/layer_{number}"));
        let names: Vec<String> = names.take_while(|name| tensors.has(&format!("{name}/ffn/linear_0/weight"))).collect();
        let layer = |(number, name): (usize, &String)| {
            let places = watched.iter().enumerate().filter(|(_, (layer, _))| *layer == number);
            Layer::take(&mut tensors, name, heads, places.map(|(place, (_, head))| (*head, place)).collect())
        };
        let layers: io::Result<Vec<Layer>> = names.iter().enumerate().map(layer).collect();
        let layers = layers?;
        let silence = layers.iter().map(|layer| layer.memory(kernel, &silence.data)).collect();
        Ok(Self {
            kernel,
            tokens: Linear::new(&tensors.take("decoder/embeddings/weight")?, None),
            positions: tensors.take("decoder/position_encodings/encodings")?,
            norm: Norm::take(&mut tensors, "decoder/layer_norm")?,
            layers,
            watched: watched.len(),
            silence,
        })
    }

    /// Numbers of a position of the encoder, and of a token.
    fn width(&self) -> usize {
        self.norm.width()
    }

    /// The most tokens that a text may have, its prompt among them.
    pub(super) fn longest(&self) -> usize {
        self.positions.values.len() / self.width()
    }

    /// An empty text about `sound`, the encoder's positions, of which `spoken` are of interest and after which come as many of
    /// silence as make up `positions`.
    pub(super) fn begin(&self, sound: &[f32], spoken: usize, positions: usize) -> State {
        let layers = self.layers.iter().map(|layer| (layer.nothing_said(), layer.memory(self.kernel, sound))).collect();
        let attention = Attention::new(self.watched, spoken);
        State { layers, attention, length: 0, silence: sound.len() / self.width()..positions }
    }

    /// Goes on with `tokens`; what the network makes of each, a row for each.
    pub(super) fn go_on(&self, state: &mut State, tokens: &[usize]) -> Vec<f32> {
        let width = self.width();
        let places = self.positions.values.chunks_exact(width).skip(state.length);
        let rows = tokens.iter().zip(places).flat_map(|(token, place)| self.tokens.row(*token).zip(place));
        let mut rows: Vec<f32> = rows.map(|(value, place)| value + place).collect();
        for ((layer, silence), (said, sound)) in self.layers.iter().zip(&self.silence).zip(&mut state.layers) {
            let seen = [sound.all(), silence.part(state.silence.clone())];
            layer.pass(self.kernel, &mut rows, said, state.length, &seen, &mut state.attention);
        }
        state.length += tokens.len();
        rows
    }

    /// How likely each of the first `tokens` of the vocabulary is to come after each of `rows`, before the softmax.
    pub(super) fn next(&self, rows: &[f32], tokens: usize) -> VecDeque<Vec<f32>> {
        let inputs = self.tokens.inputs(self.kernel, &self.norm.apply(rows));
        self.tokens.apply_to(self.kernel, &inputs, tokens).chunks_exact(tokens).map(<[f32]>::to_vec).collect()
    }

    /// Takes back what was read after the first `tokens`.
    pub(super) fn take_back(&self, state: &mut State, tokens: usize) {
        state.layers.iter_mut().for_each(|(said, _)| said.truncate(tokens, self.width()));
        state.attention.truncate(tokens);
        state.length = tokens;
    }

    /// All tokens of the vocabulary, those that are no text among them.
    pub(super) fn vocabulary(&self) -> usize {
        self.tokens.rows()
    }
}
