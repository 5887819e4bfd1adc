import { useQuiet } from '../lib/quiet';
import { loadPresets } from '../model/library';
import { panelTab, type PanelTab } from '../model/view';
import { strings } from '../strings';
import { lazy } from './lazy';
import { QueuePanel } from './QueuePanel';

/** Meters and pictures are for who looks at them: the page is there before. */
const SoundPanel = lazy(async () => {
    const [module] = await Promise.all([import('./sound/SoundPanel'), loadPresets()]);
    return { default: module.SoundPanel };
});

const kTabs: readonly PanelTab[] = ['sound', 'queue'];

/** The two things that belong to what plays: how it sounds, and what comes next. */
export function Panel({ id }: { id: string }) {
    const chosen = panelTab.value;
    const quiet = useQuiet();
    return (
        <div class="panel">
            <div
                class="tabs"
                role="tablist"
                aria-label={strings.shell.panel}
                onKeyDown={(event) => {
                    if (event.key !== 'ArrowLeft' && event.key !== 'ArrowRight') return;
                    event.preventDefault();
                    event.stopPropagation();
                    panelTab.value = chosen === 'sound' ? 'queue' : 'sound';
                    document.getElementById(`${id}-tab-${panelTab.value}`)?.focus();
                }}
            >
                {kTabs.map((tab) => (
                    <button
                        key={tab}
                        type="button"
                        role="tab"
                        id={`${id}-tab-${tab}`}
                        class="tab"
                        aria-selected={tab === chosen}
                        aria-controls={`${id}-panel`}
                        tabIndex={tab === chosen ? 0 : -1}
                        onClick={() => (panelTab.value = tab)}
                    >
                        {strings.shell[tab]}
                    </button>
                ))}
            </div>
            <div
                class="panel-body"
                id={`${id}-panel`}
                role="tabpanel"
                aria-labelledby={`${id}-tab-${chosen}`}
                data-scroller
            >
                {chosen === 'queue' ? <QueuePanel /> : quiet && <SoundPanel />}
            </div>
        </div>
    );
}
