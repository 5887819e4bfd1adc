import { useSignal } from '@preact/signals';
import { plural } from '../lib/format';
import * as library from '../model/library';
import { strings } from '../strings';
import { Instead } from './pages/parts';

const words = strings.shell;
const kExample = 'segue serve --library ~/Music';

export function ScanProgress() {
    const scan = library.health.value?.scan;
    const read = scan?.filesRead ?? 0;
    const all = scan?.filesToRead ?? 0;
    return (
        <div class="scan">
            <div class={`meter${all > 0 ? '' : ' is-endless'}`} aria-hidden="true">
                <i style={all > 0 ? { width: `${Math.min(100, (100 * read) / all)}%` } : {}} />
            </div>
            <p role="status">{all > 0 ? words.filesOf(read, all) : plural(read, 'file')}</p>
        </div>
    );
}

/** Of a list that has nothing: there is no music yet, or none of the kind that it lists. */
export function EmptyLibrary({ title }: { title?: string }) {
    const copied = useSignal(false);
    if (library.scanning.value) {
        return (
            <Instead title={words.readingTitle} text={words.readingText}>
                <ScanProgress />
            </Instead>
        );
    }
    const known = library.health.value;
    if (!known) return <p class="lazy-wait" role="status" aria-label={words.loading} />;
    if (known.tracks > 0) return <Instead title={title ?? strings.library.nothingHere} />;
    return (
        <Instead title={words.noMusic} text={words.noMusicText}>
            <button
                type="button"
                class="command"
                title={words.copy}
                onClick={() => {
                    // Clipboards are for secure origins; elsewhere the text can be selected.
                    void navigator.clipboard?.writeText(kExample).then(() => (copied.value = true));
                }}
            >
                <code>{kExample}</code>
                {copied.value && <span role="status">{words.copied}</span>}
            </button>
        </Instead>
    );
}
