//! Reading CTranslate2's tensors, which its Rust binding can make but not read.

use std::ffi::c_void;

use ct2rs::sys::StorageView;
use speech::EngineError;

use crate::inference;

unsafe extern "C" {
    /// `const void* ctranslate2::StorageView::buffer() const`, exported by `libctranslate2`.
    #[link_name = "_ZNK11ctranslate211StorageView6bufferEv"]
    fn storage_buffer(view: *const c_void) -> *const c_void;
}

/// A `[1, rows, width]` tensor, row by row.
pub(crate) struct Matrix {
    pub(crate) data: Vec<f32>,
    pub(crate) width: usize,
}

impl Matrix {
    pub(crate) fn rows(&self) -> usize {
        self.data.len() / self.width
    }
}

/// Copies an encoder output in processor memory.
///
/// # Errors
/// `Inference` when `view` is not a float32 tensor of shape `[1, rows, width]` in processor memory.
pub(crate) fn read(view: &StorageView<'_>) -> Result<Matrix, EngineError> {
    let about = format!("{view:?}");
    let size = usize::try_from(view.size()).unwrap_or(0);
    let width = width_of(&about, size).ok_or_else(|| inference(format!("the encoder's output is unusual: {about}")))?;
    let object = std::ptr::from_ref(&**view).cast::<c_void>();
    // SAFETY: the binding's reference points to a live C++ StorageView, which says that it holds `size` float32
    // values in processor memory; they are copied before it can go.
    let data = unsafe { std::slice::from_raw_parts(storage_buffer(object).cast::<f32>(), size).to_vec() };
    Ok(Matrix { data, width })
}

/// The last dimension in CTranslate2's own description, `[cpu:0 float32 storage viewed as 1x500x512]`.
fn width_of(about: &str, size: usize) -> Option<usize> {
    let (_, shape) = about.split_once("[cpu:0 float32 storage viewed as ")?;
    let dimensions: Vec<usize> = shape.split(']').next()?.split('x').map_while(|number| number.parse().ok()).collect();
    match dimensions[..] {
        [1, rows, width] if width > 0 && rows.checked_mul(width) == Some(size) => Some(width),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn understands_only_float_matrices_on_the_processor() {
        let about = |kind: &str, shape: &str| format!("StorageView {{ 0.1 0.2, [{kind} storage viewed as {shape}] }}");
        assert_eq!(width_of(&about("cpu:0 float32", "1x3x4"), 12), Some(4));
        assert_eq!(width_of(&about("cpu:0 float32", "1x3x4"), 11), None);
        assert_eq!(width_of(&about("cpu:0 float16", "1x3x4"), 12), None);
        assert_eq!(width_of(&about("cuda:0 float32", "1x3x4"), 12), None);
        assert_eq!(width_of("", 0), None);
    }
}
