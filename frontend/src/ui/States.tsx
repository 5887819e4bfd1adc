import { useSignal } from '@preact/signals';
import * as library from '../model/library';
import { plural } from '../lib/format';
import { Mark } from './icons';

const kExample = 'segue serve --library ~/Music';

export function Loading() {
    return (
        <div class="skeleton" role="status" aria-label="Loading the library">
            {[5, 4, 6].map((count, album) => (
                <div key={album}>
                    <div class="skeleton-album">
                        <i class="bone bone-cover" />
                        <div>
                            <i class="bone" style={{ width: '11rem', height: '1.1rem' }} />
                            <i class="bone" style={{ width: '7rem' }} />
                        </div>
                    </div>
                    {Array.from({ length: count }, (_, i) => (
                        <div key={i} class="skeleton-row">
                            <i
                                class="bone"
                                style={{ width: `${28 + ((i * 37 + album * 13) % 34)}%` }}
                            />
                        </div>
                    ))}
                </div>
            ))}
        </div>
    );
}

export function ScanProgress() {
    const scan = library.health.value?.scan;
    const read = scan?.filesRead ?? 0;
    const all = scan?.filesToRead ?? 0;
    return (
        <div class="scan">
            <div class={`meter${all > 0 ? '' : ' is-endless'}`} aria-hidden="true">
                <i style={all > 0 ? { width: `${Math.min(100, (100 * read) / all)}%` } : {}} />
            </div>
            <p role="status">
                {all > 0
                    ? `${read.toLocaleString('en')} of ${plural(all, 'file')}`
                    : plural(read, 'file')}
            </p>
        </div>
    );
}

export function EmptyLibrary() {
    const copied = useSignal(false);
    if (library.scanning.value) {
        return (
            <div class="instead">
                <Mark />
                <h2>Reading your music</h2>
                <p>Tracks appear here as they are found.</p>
                <ScanProgress />
            </div>
        );
    }
    return (
        <div class="instead">
            <Mark />
            <h2>No music yet</h2>
            <p>Point Segue at a folder, and everything in it plays here, mastered as you listen.</p>
            <button
                type="button"
                class="command"
                title="Copy"
                onClick={() => {
                    // Clipboards are for secure origins; elsewhere the text can be selected.
                    void navigator.clipboard?.writeText(kExample).then(() => (copied.value = true));
                }}
            >
                <code>{kExample}</code>
                {copied.value && <span role="status">Copied</span>}
            </button>
        </div>
    );
}

export function NothingFound({ words }: { words: string }) {
    return (
        <div class="instead">
            <Mark />
            <h2>Nothing found</h2>
            <p>No title, artist or album matches “{words}”.</p>
            <button type="button" class="plain" onClick={() => (library.search.value = '')}>
                Show everything
            </button>
        </div>
    );
}

export function NotAnswering() {
    return (
        <div class="instead" role="alert">
            <Mark />
            <h2>Segue is not answering</h2>
            <p>The server may be starting or stopped. This page keeps trying.</p>
        </div>
    );
}
