using Holdfast.Gateway.Calls;

namespace Holdfast.Gateway.Admission;

/// <summary>
/// How many tokens a call of one target is expected to take: by the length of its body and the most it lets the answer
/// take, corrected by what the answers said that calls before it took. Thread-safe.
/// </summary>
internal sealed class TokenEstimates
{
    // Before so many calls one that is unlike the others would say too much.
    private const int LeastCalls = 4;

    // What was learned from so many calls counts half beside what comes after.
    private const int Memory = 128;

    // In bytes. What is larger carries images or files, of which providers count far less than their length.
    private const int LargeBody = 32 * 1024;

    // In a short body there is at most a token for each byte, and a prompt of the provider's own before it.
    private const double Least = 0.25;
    private const double Most = 8;
    private const double LeastOfLarge = 1 / 1024d;

    // What a call is taken for at most that seems to take more than all there is.
    private const double MostOfLimit = 0.5;

    // What a provider says may be anything; sums of this are still far from the end of the numbers.
    private const long MostOutput = int.MaxValue;

    private readonly Lock _gate = new();
    private Sums _short;
    private Sums _large;
    private Sums _unbounded;
    private Sums _answers;
    private double _perToken = 1;
    private double _perTokenOfLarge = 1;
    private double _answer;
    private double _anyAnswer = double.PositiveInfinity;
    private long _limit;

    /// <summary>The token limit that the provider announces; 0: it announces none.</summary>
    public long Limit
    {
        set => Volatile.Write(ref _limit, value);
    }

    /// <summary>What a call is expected to take.</summary>
    public long Of(CallRequest call) => Of(call.BodyTokens, call.MaxOutputTokens);

    /// <param name="body">What its body takes, by its length.</param>
    /// <param name="mostOutput">What its answer may take; null: the call doesn't say.</param>
    public long Of(long body, int? mostOutput)
    {
        var perToken = IsLarge(body) ? Volatile.Read(ref _perTokenOfLarge) : Volatile.Read(ref _perToken);
        var input = body * perToken;
        var expected = input + Math.Max(0, mostOutput ?? Volatile.Read(ref _answer));
        var limit = Volatile.Read(ref _limit);
        // Whether a body of more than all there is can be served, the provider has to say itself. But no provider that
        // serves calls sets more aside for one than it allows in all: it counts what answers take. Who would go by
        // what the call says would have to let all such calls go at once, and the provider would refuse them.
        return limit == 0 || expected <= limit || body > limit
            ? (long)expected
            : (long)Math.Min(limit * MostOfLimit, input + Volatile.Read(ref _anyAnswer));
    }

    /// <summary>An answer said what its call took.</summary>
    public void Learn(CallRequest call, in Usage used) => Learn(call.BodyTokens, call.MaxOutputTokens, used);

    /// <inheritdoc cref="Learn(CallRequest, in Usage)"/>
    public void Learn(long body, int? mostOutput, in Usage used)
    {
        // Some leave it out, and what a provider says may be anything.
        if (used.Input <= 0 || used.Output < 0)
        {
            return;
        }

        lock (_gate)
        {
            if (IsLarge(body))
            {
                _large.Add(body, used.Input);
                Volatile.Write(ref _perTokenOfLarge, _large.Ratio(LeastOfLarge, Most));
            }
            else
            {
                _short.Add(Math.Max(1, body), used.Input);
                Volatile.Write(ref _perToken, _short.Ratio(Least, Most));
            }

            var output = Math.Min(used.Output, MostOutput);
            _answers.Add(1, output);
            Volatile.Write(ref _anyAnswer, _answers.Average);
            if (mostOutput is null)
            {
                _unbounded.Add(1, output);
                Volatile.Write(ref _answer, _unbounded.Average);
            }
        }
    }

    private static bool IsLarge(long body) => body > CallRequest.TokensOf(LargeBody);

    private struct Sums
    {
        private double _expected;
        private double _counted;
        private int _calls;

        public readonly double Average => _expected == 0 ? 0 : _counted / _expected;

        public void Add(double expected, double counted)
        {
            if (_calls >= Memory)
            {
                (_expected, _counted, _calls) = (_expected / 2, _counted / 2, _calls / 2);
            }

            (_expected, _counted, _calls) = (_expected + expected, _counted + counted, _calls + 1);
        }

        public readonly double Ratio(double least, double most) =>
            _calls < LeastCalls ? 1 : Math.Clamp(Average, least, most);
    }
}
