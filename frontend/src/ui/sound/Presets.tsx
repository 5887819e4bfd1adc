import { useSignal } from '@preact/signals';
import { useEffect, useId, useRef } from 'preact/hooks';
import type { Preset } from '../../api/types';
import { tonePath } from '../../lib/presetTone';
import * as library from '../../model/library';
import * as settings from '../../model/settings';
import { strings } from '../../strings';
import { lazy } from '../lazy';

const words = strings.sound;
const PresetEditor = lazy(() => import('./PresetEditor'));

const kToneDb = 3.5;

/** How a preset leans, so that it is seen at a glance. */
function ToneLine({ preset }: { preset: Preset }) {
    const flat = preset.toneDb.every((gain) => gain === 0);
    return (
        <svg
            class={`tone${flat && preset.correction < 1 ? ' is-light' : ''}`}
            viewBox="0 0 64 22"
            aria-hidden="true"
        >
            <path class="tone-zero" d="M2 11H62" />
            <path transform="translate(2 2)" d={tonePath(preset, 60, 18, kToneDb)} />
        </svg>
    );
}

export function Presets() {
    const group = useId();
    /** What the editor begins with. */
    const editing = useSignal<{ preset: Preset; isNew: boolean } | undefined>(undefined);
    const opener = useRef<HTMLButtonElement>(null);
    const presets = library.presets.value;
    const chosen = presets.find(({ name }) => name === settings.preset.value);
    const edited = editing.value;
    const edit = (preset: Preset) => (editing.value = { preset, isNew: preset.builtIn });
    // The keyboard goes on where it was.
    const wasOpen = useRef(false);
    useEffect(() => {
        if (wasOpen.current && !edited) opener.current?.focus();
        wasOpen.current = edited !== undefined;
    }, [edited]);
    return (
        <section>
            <fieldset class="presets">
                <legend class="unseen">{words.preset}</legend>
                {presets.map((preset) => (
                    <label key={preset.name} class="preset">
                        <input
                            title={preset.intent}
                            type="radio"
                            name={group}
                            value={preset.name}
                            checked={preset === chosen}
                            onChange={() => (settings.preset.value = preset.name)}
                        />
                        <ToneLine preset={preset} />
                        <span>{preset.name}</span>
                    </label>
                ))}
            </fieldset>
            {chosen && !edited && (
                <div class="intent">
                    <p>{chosen.intent}</p>
                    <button
                        ref={opener}
                        type="button"
                        class="text-button"
                        aria-label={
                            chosen.builtIn
                                ? words.copyPreset(chosen.name)
                                : words.editPreset(chosen.name)
                        }
                        onPointerEnter={() => PresetEditor.preload()}
                        onClick={() => edit(chosen)}
                    >
                        {chosen.builtIn ? words.copy : words.edit}
                    </button>
                </div>
            )}
            {edited && (
                <PresetEditor
                    key={edited.preset.name}
                    preset={edited.preset}
                    isNew={edited.isNew}
                    onDone={() => (editing.value = undefined)}
                />
            )}
        </section>
    );
}
