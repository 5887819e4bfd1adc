import { useEffect } from 'preact/hooks';
import { refresh } from '../../model/care/activity';
import { strings } from '../../strings';
import { Cache } from './Cache';
import { Masters, RenderedAhead } from './Jobs';
import { Music } from './Music';
import { Now } from './Now';
import { Problems } from './Problems';
import '../../styles/care.css';

/** What a library needs now and then: scans, problems, the cache, what is rendered ahead. */
export default function CarePage() {
    useEffect(() => void refresh(), []);
    return (
        <div class="care">
            <h2 class="care-title">{strings.care.title}</h2>
            <Now />
            <div class="care-columns">
                <div class="care-column">
                    <Music />
                    <Problems />
                </div>
                <div class="care-column">
                    <RenderedAhead />
                    <Masters />
                    <Cache />
                </div>
            </div>
        </div>
    );
}
