using System.Text;
using System.Text.Json;
using Holdfast.Failover;
using Holdfast.Gateway.Calls;
using Holdfast.Gateway.OpenAiApi;
using Holdfast.Gateway.Providers;
using static Holdfast.Gateway.Tests.Providers.WireDamage;

namespace Holdfast.Gateway.Tests.Providers;

/// <summary>
/// Damages a dialect's goldens at random: whatever comes of that is well formed, or refused, or a fault. The seed is
/// the test's argument, so its name says it.
/// </summary>
public abstract class DialectFuzzTests
{
    private const int Rounds = 4000;

    // What any face lets through.
    private static readonly FieldReader PassAll =
        (ref Utf8JsonReader reader, ref CallFields _) => CallFields.Pass(ref reader);

    private protected abstract DialectWire Wire { get; }

    /// <summary>Requests with everything in them that is carried.</summary>
    private protected abstract string[] Requests { get; }

    /// <summary>A whole answer, and an error in its place if there is such a thing.</summary>
    private protected abstract string[] Answers { get; }

    /// <summary>The events of one stream.</summary>
    private protected abstract string[] Events { get; }

    /// <summary>Events that may stand anywhere in it.</summary>
    private protected virtual string[] Strays => Events;

    private protected virtual string[] Models => [Wire.Model];

    private protected virtual int Choices => 1;

    /// <summary>An event as it comes out of its stream: its data alone, unless the dialect's are more.</summary>
    /// <param name="random">For what may be wrong around the data.</param>
    /// <param name="index">Which event it is, or which stray.</param>
    /// <param name="data">Its data, perhaps damaged.</param>
    private protected virtual byte[] Framed(Random random, int index, byte[] data) => data;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void A_damaged_request_is_carried_as_JSON_or_refused(int seed)
    {
        var random = new Random(seed);
        for (var i = 0; i < Rounds; i++)
        {
            var body = Damage(random, Requests[random.Next(Requests.Length)]);
            if (CallFields.TryRead(body, PassAll, out _) is not null)
            {
                continue;
            }

            using var output = new PooledBuffer();
            try
            {
                Wire.Provider(drop: random.Next(2) == 0).WriteBody(
                    DialectWire.Call(body, stream: true), Models[random.Next(Models.Length)], output);
            }
            catch (UnsupportedFieldException)
            {
                continue;
            }

            IsJson(output.WrittenSpan, body);
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void A_damaged_answer_is_carried_as_JSON_or_a_fault(int seed)
    {
        var random = new Random(seed);
        var provider = Wire.Provider();
        for (var i = 0; i < Rounds; i++)
        {
            var body = Damage(random, random.Next(8) == 0 ? Answers[^1] : Answers[0]);
            using var output = new PooledBuffer();

            var answer = provider.ReadAnswer(Wire.Context(), body, output);
            var error = provider.ReadError(random.Next(100, 600), body, random.Next(2) == 0 ? "E:x" : null);

            Assert.NotEmpty(error.Message);
            if (answer.Fault is null)
            {
                IsJson(answer.Body.Span, body);
            }
            else
            {
                Assert.True(answer.Body.IsEmpty);
            }
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void A_damaged_stream_is_carried_as_whole_events_or_a_fault(int seed)
    {
        var random = new Random(seed);
        for (var i = 0; i < Rounds; i++)
        {
            var stream = new DialectStream(Wire.OpenStream(includeUsage: random.Next(2) == 0, Choices));
            for (var at = 0; at < Events.Length; at++)
            {
                var index = at;
                var data = random.Next(10) == 0 ? Damage(random, Events[at]) : Encoding.UTF8.GetBytes(Events[at]);
                if (random.Next(20) == 0)
                {
                    index = random.Next(Strays.Length);
                    data = Encoding.UTF8.GetBytes(Strays[index]);
                }

                var written = stream.Read(Framed(random, index, data));
                AreEvents(written, data);
                if (stream.Signal.Kind == StreamSignalKind.Fault)
                {
                    Assert.Equal("", written);
                    Assert.NotEqual(Outcome.Ok, stream.Reader.Fault!.Outcome);
                }
            }

            AreEvents(stream.Complete().Replace("data: [DONE]\n\n", ""), []);
        }
    }
}
