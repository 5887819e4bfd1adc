import { useSignal } from '@preact/signals';
import { useEffect, useId } from 'preact/hooks';
import { care } from '../../api/care';
import type { Selection } from '../../lib/selection';
import { strings } from '../../strings';

const words = strings.care.picker;
const kSettleMs = 180;
const kMostOfEach = 5;

interface Choice {
    selection: Selection;
    hint: string;
}

async function find(text: string, signal: AbortSignal): Promise<Choice[]> {
    const [found, playlists] = await Promise.all([
        care.find(text, kMostOfEach, signal),
        care.playlists(signal),
    ]);
    const named = playlists.filter(({ name }) =>
        name.toLocaleLowerCase().includes(text.toLocaleLowerCase()),
    );
    return [
        ...found.albums.map(({ id, title, artist }) => ({
            selection: { kind: 'album', id, label: title } as const,
            hint: words.album(artist),
        })),
        ...found.artists.map(({ id, name, tracks }) => ({
            selection: { kind: 'artist', id, label: name } as const,
            hint: words.artist(tracks),
        })),
        ...named.slice(0, kMostOfEach).map(({ id, name }) => ({
            selection: { kind: 'playlist', id, label: name } as const,
            hint: words.playlist,
        })),
    ];
}

const keyOf = (selection: Selection) =>
    selection.kind + ('id' in selection ? selection.id : selection.label);

/** An album, artist or playlist, found by its name. */
export function Picker({
    value,
    onChange,
}: {
    value: Selection | undefined;
    onChange: (selection: Selection | undefined) => void;
}) {
    const id = useId();
    const text = useSignal('');
    const choices = useSignal<readonly Choice[] | undefined>(undefined);
    const asked = text.value.trim();
    useEffect(() => {
        if (!asked) {
            choices.value = undefined;
            return undefined;
        }
        const ended = new AbortController();
        const timer = setTimeout(() => {
            find(asked, ended.signal).then(
                (found) => (choices.value = found),
                () => (choices.value = ended.signal.aborted ? choices.value : []),
            );
        }, kSettleMs);
        return () => {
            clearTimeout(timer);
            ended.abort();
        };
    }, [asked]);
    return (
        <div class="ask-picker">
            <label class="ask-field">
                <span>{words.label}</span>
                <input
                    type="search"
                    autocomplete="off"
                    spellcheck={false}
                    maxLength={100}
                    placeholder={words.placeholder}
                    value={text.value}
                    onInput={(event) => {
                        text.value = event.currentTarget.value;
                        onChange(undefined);
                    }}
                    // Enter would begin, and nothing is chosen yet.
                    onKeyDown={(event) => event.key === 'Enter' && event.preventDefault()}
                />
            </label>
            <p class="unseen" role="status">
                {choices.value && words.found(choices.value.length)}
            </p>
            {choices.value?.length === 0 && <p class="ask-hint">{words.none}</p>}
            {choices.value && choices.value.length > 0 && (
                <fieldset class="ask-picks">
                    <legend class="unseen">{words.label}</legend>
                    {choices.value.map(({ selection, hint }) => (
                        <label key={keyOf(selection)}>
                            <input
                                type="radio"
                                name={id}
                                checked={value !== undefined && keyOf(value) === keyOf(selection)}
                                onChange={() => onChange(selection)}
                            />
                            <span>
                                <strong>{selection.label}</strong>
                                <small>{hint}</small>
                            </span>
                        </label>
                    ))}
                </fieldset>
            )}
        </div>
    );
}
