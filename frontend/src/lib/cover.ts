/** Three colours that go together: ground, first shape, second shape. */
const kPalettes = [
    ['#1f3a5f', '#f2a65a', '#e8e1d5'],
    ['#3b2c4a', '#e07a5f', '#f2cc8f'],
    ['#0f4c4c', '#f4d58d', '#e76f51'],
    ['#7a2e2e', '#f2b5a7', '#f7ede2'],
    ['#22333b', '#c6ac8f', '#eae0d5'],
    ['#2d4739', '#b5c99a', '#f6bd60'],
    ['#4a3f6b', '#b8a1d9', '#f4acb7'],
    ['#16324f', '#6fb3b8', '#f9dc5c'],
    ['#5b1f3a', '#f26b6b', '#ffc9a5'],
    ['#263a29', '#e86a33', '#f2e3db'],
    ['#efe3d0', '#c8553d', '#2d3142'],
    ['#dfe7e3', '#2f6690', '#f2a65a'],
] as const;

export const kCoverShapes = 6;

export interface CoverDesign {
    colours: readonly [string, string, string];
    shape: number;
    turn: 0 | 90 | 180 | 270;
}

/** FNV-1a: the same album has the same cover on every device. */
function hashOf(text: string): number {
    let hash = 0x811c9dc5;
    for (let i = 0; i < text.length; i++) {
        hash ^= text.charCodeAt(i);
        hash = Math.imul(hash, 0x01000193);
    }
    hash ^= hash >>> 15;
    hash = Math.imul(hash, 0x2c1b3c6d);
    return (hash ^ (hash >>> 13)) >>> 0;
}

/** The drawn cover of an album that shows none of its own. */
export function coverOf(seed: string): CoverDesign {
    const hash = hashOf(seed);
    const palette = kPalettes[hash % kPalettes.length] ?? kPalettes[0];
    return {
        colours: palette,
        shape: (hash >>> 8) % kCoverShapes,
        turn: (((hash >>> 16) % 4) * 90) as CoverDesign['turn'],
    };
}
