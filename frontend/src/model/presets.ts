import { batch } from '@preact/signals';
import { api } from '../api/client';
import { soundApi } from '../api/sound';
import type { Preset, PresetBody } from '../api/types';
import * as library from './library';
import * as settings from './settings';

async function reload(): Promise<void> {
    library.presets.value = (await api.presets()).presets;
}

/** Saves a preset and chooses it. @throws ApiError that says what the server does not take */
export async function savePreset(name: string, body: PresetBody, isNew: boolean): Promise<void> {
    const saved = isNew
        ? await soundApi.createPreset(name, body)
        : await soundApi.replacePreset(name, body);
    await reload();
    batch(() => {
        settings.preset.value = saved.name;
        if (!isNew) settings.edition.value += 1;
    });
}

/** Deletes a preset of the listener's own; who hears it goes on with the first. */
export async function deletePreset({ name }: Preset): Promise<void> {
    const first = library.presets.value[0];
    if (settings.preset.value === name && first) settings.preset.value = first.name;
    await soundApi.deletePreset(name);
    await reload();
}
