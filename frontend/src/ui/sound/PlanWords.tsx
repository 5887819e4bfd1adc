import { wordsOf } from '../../lib/planWords';
import * as insight from '../../model/insight';
import { strings } from '../../strings';

const words = strings.sound;

/** The plan's own sentences, by what they are about. */
export function PlanWords() {
    const plan = insight.plan.value;
    return (
        <section class="why" aria-busy={!plan}>
            <h3>
                {words.plan}
                {plan?.provisional && (
                    <small title={words.firstImpressionTitle}>{words.firstImpression}</small>
                )}
            </h3>
            {plan ? (
                <dl>
                    {wordsOf(plan).map(({ topic, done, held }) => (
                        <div key={topic} class="topic">
                            <dt>{words.topics[topic]}</dt>
                            <dd>
                                {done.map((line) => (
                                    <p key={line}>{line}</p>
                                ))}
                                {held.map((line) => (
                                    <p key={line} class="held">
                                        <strong>{words.heldBack}</strong> {line}
                                    </p>
                                ))}
                            </dd>
                        </div>
                    ))}
                </dl>
            ) : (
                <p class="quiet">{words.listening}</p>
            )}
        </section>
    );
}
