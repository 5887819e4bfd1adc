/** Browsers count what is shorter than 5 s as a mere notification sound. */
const kSeconds = 10;
const kRateHz = 8000;

/** A WAV of silence: 8 bits, mono. */
function silence(): Blob {
    const frames = kSeconds * kRateHz;
    const bytes = new Uint8Array(44 + frames).fill(128, 44);
    const view = new DataView(bytes.buffer);
    const tag = (at: number, text: string) =>
        [...text].forEach((letter, i) => view.setUint8(at + i, letter.charCodeAt(0)));
    tag(0, 'RIFF');
    view.setUint32(4, 36 + frames, true);
    tag(8, 'WAVEfmt ');
    view.setUint32(16, 16, true);
    view.setUint16(20, 1, true);
    view.setUint16(22, 1, true);
    view.setUint32(24, kRateHz, true);
    view.setUint32(28, kRateHz, true);
    view.setUint16(32, 1, true);
    view.setUint16(34, 8, true);
    tag(36, 'data');
    view.setUint32(40, frames, true);
    return new Blob([bytes], { type: 'audio/wav' });
}

/**
 * A silent media element that plays while the music does. Lock screens, media keys and headsets
 * know only of media elements, and phones let only those sound in the background; the music itself
 * does not go through it, so it stays exact to the sample.
 */
export class Anchor {
    private element: HTMLAudioElement | undefined;
    private plays = false;

    /** @param onPause  the system has paused it: a headset was pulled, another app took the sound */
    constructor(private readonly onPause: () => void) {}

    play(): void {
        this.plays = true;
        if (!this.element) {
            this.element = new Audio(URL.createObjectURL(silence()));
            this.element.loop = true;
            this.element.addEventListener('pause', () => {
                if (this.plays) this.onPause();
            });
        }
        this.element.play().catch(() => {
            // Without it the music plays, and only its keys on the lock screen are missing.
        });
    }

    pause(): void {
        this.plays = false;
        this.element?.pause();
    }
}
