//! The network allocates nothing for a frame.

#![allow(clippy::unwrap_used)]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::path::PathBuf;

use silero::{Kernel, Network};
use speech::{VAD_FRAME_SAMPLES, VadFrame, VadMemory};

struct Counting;

thread_local! {
    static COUNT: Cell<usize> = const { Cell::new(0) };
}

// SAFETY: every call is handed to the system's allocator as it is.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        COUNT.set(COUNT.get() + 1);
        // SAFETY: the caller keeps `alloc`'s contract.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        // SAFETY: the caller keeps `dealloc`'s contract.
        unsafe { System.dealloc(at, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

#[test]
fn frames_of_streams_that_have_begun_allocate_nothing() {
    let cache = std::env::var_os("INTERVIEWER_CACHE_DIR").map(PathBuf::from);
    let home = || PathBuf::from(std::env::var_os("HOME").unwrap()).join(".cache/interviewer");
    let model = cache.unwrap_or_else(home).join("assets/silero-vad/silero_vad_16k_op15.onnx");
    for kernel in [Kernel::portable(), Kernel::best()] {
        let mut network = Network::load(&model, kernel).unwrap();
        let silence = VadFrame { samples: vec![0.01; VAD_FRAME_SAMPLES], memory: VadMemory::default() };
        let mut frames = vec![silence; 40];
        let mut probabilities = [0.0; 40];
        network.detect(&mut frames, &mut probabilities).unwrap();
        let before = COUNT.get();
        for count in [1, 3, 32, 40] {
            network.detect(&mut frames[..count], &mut probabilities[..count]).unwrap();
        }
        assert_eq!(COUNT.get(), before, "{}", kernel.name());
    }
}
