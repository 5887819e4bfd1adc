import { useSignal, useSignalEffect } from '@preact/signals';
import { useEffect, useId, useRef } from 'preact/hooks';
import { soundApi } from '../../api/sound';
import type { Reference, Track } from '../../api/types';
import { formatLevel } from '../../lib/format';
import { titleOf } from '../../lib/rows';
import * as model from '../../model/references';
import * as settings from '../../model/settings';
import { strings } from '../../strings';
import { CloseIcon } from '../icons';

const words = strings.sound;

const kSearchDelayMs = 160;
const kFound = 8;
/** The server takes as many. */
const kMostTracks = 16;

function nameOf(tracks: readonly Track[]): string {
    const first = tracks[0];
    if (!first) return '';
    const title = titleOf(first);
    return (tracks.length > 1 ? words.andMore(title, tracks.length - 1) : title).slice(0, 200);
}

/** Finds tracks of the library as a reference, takes a file, or one that was made before. */
export default function ReferencePicker({ onDone }: { onDone: () => void }) {
    const id = useId();
    const input = useRef<HTMLInputElement>(null);
    const file = useRef<HTMLInputElement>(null);
    const sending = useRef<AbortController | undefined>(undefined);
    const typed = useSignal('');
    const found = useSignal<readonly Track[] | undefined>(undefined);
    const chosen = useSignal<readonly Track[]>([]);
    const busy = useSignal('');
    const problem = useSignal('');

    useEffect(() => {
        input.current?.focus();
        model.loadReferences().catch(tell);
        return () => sending.current?.abort();
    }, []);
    useSignalEffect(() => {
        const query = typed.value.trim();
        if (!query) {
            found.value = undefined;
            return undefined;
        }
        const asking = new AbortController();
        const timer = setTimeout(() => {
            soundApi.search(query, kFound, asking.signal).then(
                ({ tracks }) => (found.value = tracks.filter(({ missing }) => !missing)),
                (error: unknown) => {
                    if (!asking.signal.aborted) tell(error);
                },
            );
        }, kSearchDelayMs);
        return () => {
            clearTimeout(timer);
            asking.abort();
        };
    });

    const tell = (error: unknown) =>
        (problem.value = error instanceof Error ? error.message : String(error));
    const attempt = async (what: string, act: () => Promise<void>, close = true) => {
        busy.value = what;
        problem.value = '';
        try {
            await act();
            if (close) onDone();
        } catch (error) {
            if (!sending.current?.signal.aborted) tell(error);
        }
        busy.value = '';
    };
    const toggle = (track: Track) => {
        const without = chosen.value.filter((each) => each.id !== track.id);
        chosen.value =
            without.length < chosen.value.length || without.length >= kMostTracks
                ? without
                : [...without, track];
    };
    const isChosen = (track: Track) => chosen.value.some((each) => each.id === track.id);
    const send = (picked: File | undefined) => {
        if (!picked) return;
        const controller = (sending.current = new AbortController());
        void attempt(words.sendingFile, () => model.referToFile(picked, controller.signal));
    };

    return (
        <div
            class="picker"
            aria-busy={busy.value !== ''}
            onKeyDown={(event) => {
                if (event.key !== 'Escape') return;
                event.stopPropagation();
                event.preventDefault();
                onDone();
            }}
        >
            <input
                ref={input}
                class="picker-search"
                type="search"
                placeholder={words.searchPlaceholder}
                aria-label={words.searchReference}
                autocomplete="off"
                spellcheck={false}
                maxLength={100}
                value={typed.value}
                onInput={(event) => (typed.value = event.currentTarget.value)}
            />
            {found.value && (
                <ul class="picker-list" aria-label={words.searchReference}>
                    {found.value.map((track) => (
                        <li key={track.id}>
                            <label>
                                <input
                                    type="checkbox"
                                    aria-label={words.choose(titleOf(track), track.artist)}
                                    checked={isChosen(track)}
                                    onChange={() => toggle(track)}
                                />
                                <span>{titleOf(track)}</span>
                                <small>{track.artist}</small>
                            </label>
                        </li>
                    ))}
                    {found.value.length === 0 && <li class="quiet">{words.noneFound}</li>}
                </ul>
            )}
            {chosen.value.length > 0 && (
                <>
                    <ul class="picked" aria-label={words.chosenTracks}>
                        {chosen.value.map((track) => (
                            <li key={track.id}>
                                {titleOf(track)}
                                <button
                                    type="button"
                                    aria-label={words.unchoose(titleOf(track))}
                                    onClick={() => toggle(track)}
                                >
                                    <CloseIcon />
                                </button>
                            </li>
                        ))}
                    </ul>
                    <button
                        type="button"
                        class="solid"
                        disabled={busy.value !== ''}
                        onClick={() =>
                            void attempt(words.makingReference, () =>
                                model.referTo(chosen.value, nameOf(chosen.value)),
                            )
                        }
                    >
                        {busy.value || words.useAs}
                    </button>
                </>
            )}
            <Kept
                group={id}
                busy={busy.value !== ''}
                onRemove={(reference) =>
                    void attempt('', () => model.forgetReference(reference), false)
                }
            />
            <input
                ref={file}
                type="file"
                accept="audio/*,.flac,.m4a,.ape,.wv,.tta,.mka"
                class="unseen"
                tabIndex={-1}
                aria-label={words.sendFile}
                onChange={(event) => send(event.currentTarget.files?.[0])}
            />
            {problem.value && (
                <p class="problem" role="alert">
                    {problem.value}
                </p>
            )}
            <div class="buttons">
                <button
                    type="button"
                    class="plain"
                    disabled={busy.value !== ''}
                    onClick={() => file.current?.click()}
                >
                    {busy.value === words.sendingFile ? words.sendingFile : words.sendFile}
                </button>
                <span class="spacer" />
                <button type="button" class="text-button" onClick={onDone}>
                    {words.cancel}
                </button>
            </div>
        </div>
    );
}

interface KeptProps {
    group: string;
    busy: boolean;
    onRemove: (reference: Reference) => void;
}

/** References that were made before. */
function Kept({ group, busy, onRemove }: KeptProps) {
    const kept = model.references.value ?? [];
    if (kept.length === 0) return null;
    return (
        <fieldset class="kept">
            <legend>{words.keptReferences}</legend>
            {kept.map((reference) => (
                <div key={reference.id}>
                    <label>
                        <input
                            type="radio"
                            name={group}
                            checked={settings.reference.value === reference.id}
                            onChange={() => (settings.reference.value = reference.id)}
                        />
                        <span>{reference.name}</span>
                        <small>
                            {formatLevel(reference.integratedLufs)} {words.lufs}
                        </small>
                    </label>
                    <button
                        type="button"
                        class="round"
                        disabled={busy}
                        aria-label={words.removeReference(reference.name)}
                        onClick={() => onRemove(reference)}
                    >
                        <CloseIcon />
                    </button>
                </div>
            ))}
        </fieldset>
    );
}
