using Holdfast.Simulator.Answers;
using Holdfast.Simulator.Wire;

namespace Holdfast.Simulator.Providers;

/// <summary>Sends one answer, streamed or plain, with the failure that was drawn for it.</summary>
internal sealed class Reply(
    ProviderState state, Behaviour behaviour, Draw draw, IAnswerWriter writer, Answer answer, Delivery delivery)
{
    /// <summary>Without a pace, events leave together in writes of about this size.</summary>
    private const int BurstBytes = 4096;

    private readonly JsonText _json = delivery.Json;
    private readonly HttpResponse _response = delivery.Context.Response;

    private FailureKind? Kind => draw.Failure?.Kind;

    private bool BreaksWithin => Kind is FailureKind.CutAfter or FailureKind.StallAfter or FailureKind.ErrorMidStream
        or FailureKind.BadChunk;

    public async Task StreamAsync()
    {
        state.Counters.StreamBegun();
        _response.ContentType = writer.StreamType;
        _response.Headers.CacheControl = "no-cache";
        if (draw.Failure is { Kind: FailureKind.CutAfter, How: CutHow.Rst })
        {
            delivery.GoRaw();
        }

        await delivery.PauseAsync(TimeSpan.FromMilliseconds(draw.FirstTokenMs));
        switch (Kind)
        {
            case FailureKind.SilentAfterHeaders:
                CountFailure();
                await delivery.FlushAsync();
                await delivery.StayAsync();
                break;
            case FailureKind.PingsOnly:
                CountFailure();
                await PingAsync(writer.Ping);
                break;
            case FailureKind.ErrorIn200:
                writer.Error(_json, Told());
                await FinishFailedAsync();
                break;
            case FailureKind.EmptyChoices:
                writer.EmptyChunk(_json);
                writer.Marker(_json);
                await FinishFailedAsync();
                break;
            case FailureKind.DoneOnly:
                writer.Marker(_json);
                await FinishFailedAsync();
                break;
            default:
                await StreamAnswerAsync();
                break;
        }
    }

    public async Task SendAsync()
    {
        _response.ContentType = "application/json";
        var pace = behaviour.TokensPerSecond > 0 ? answer.CompletionTokens / behaviour.TokensPerSecond : 0;
        await delivery.PauseAsync(TimeSpan.FromMilliseconds(draw.FirstTokenMs) + TimeSpan.FromSeconds(pace));
        switch (Kind)
        {
            case FailureKind.SilentAfterHeaders:
                CountFailure();
                await delivery.FlushAsync();
                await delivery.StayAsync();
                break;
            case FailureKind.PingsOnly:
                CountFailure();
                await PingAsync(static json => json.Raw("\n"u8));
                break;
            case FailureKind.ErrorIn200 or FailureKind.ErrorMidStream:
                ErrorBody.WriteIn200(_json, state.Flavour, Told(), "");
                await FinishFailedAsync();
                break;
            case FailureKind.EmptyChoices:
                writer.Plain(_json, empty: true);
                await FinishFailedAsync();
                break;
            case FailureKind.DoneOnly:
                _json.Raw("{}"u8);
                await FinishFailedAsync();
                break;
            case FailureKind.BadChunk or FailureKind.CutAfter or FailureKind.StallAfter:
                await SendHalfAsync();
                break;
            default:
                writer.Plain(_json, empty: false);
                _response.ContentLength = _json.Length;
                CountEnd(streamed: false);
                await delivery.FlushAsync();
                break;
        }
    }

    private async Task StreamAnswerAsync()
    {
        if (behaviour.Comments && writer.StreamType.StartsWith("text/", StringComparison.Ordinal))
        {
            _json.Raw(": SIMULATOR PROCESSING\n\n"u8);
        }

        writer.Open(_json);
        var deltas = Delta.Of(answer);
        var breakAt = BreaksWithin ? Math.Min(draw.Chunks, deltas.Count) : -1;
        var began = delivery.Time.GetTimestamp();
        for (var i = 0; i <= deltas.Count; i++)
        {
            if (i == breakAt && await BrokenAsync())
            {
                return;
            }

            if (i == deltas.Count)
            {
                break;
            }

            await PaceAsync(i, began);
            writer.Delta(_json, deltas[i]);
            if (i == 0 || _json.Length >= BurstBytes)
            {
                await delivery.FlushAsync();
            }
        }

        writer.Close(_json, marker: Kind != FailureKind.NoDone);
        CountEnd(streamed: true);
        await delivery.FlushAsync();
    }

    private async ValueTask PaceAsync(int token, long began)
    {
        if (behaviour.TokensPerSecond <= 0 || token == 0)
        {
            return;
        }

        var due = TimeSpan.FromSeconds(token / behaviour.TokensPerSecond) - delivery.Time.GetElapsedTime(began);
        if (due > TimeSpan.Zero)
        {
            await delivery.FlushAsync();
            await delivery.PauseAsync(due);
        }
    }

    /// <summary>Fails within a stream; false where the stream goes on afterwards.</summary>
    private async Task<bool> BrokenAsync()
    {
        switch (Kind)
        {
            case FailureKind.BadChunk:
                writer.BadChunk(_json);
                return false;
            case FailureKind.ErrorMidStream:
                writer.Error(_json, Told());
                await FinishFailedAsync();
                return true;
            case FailureKind.StallAfter:
                CountFailure();
                await delivery.FlushAsync();
                await delivery.StayAsync();
                return true;
            default:
                CountFailure();
                await delivery.CutAsync(draw.Failure!.How);
                return true;
        }
    }

    private async Task SendHalfAsync()
    {
        var failure = draw.Failure!;
        using var whole = new JsonText();
        writer.Plain(whole, empty: false);
        _json.Raw(whole.Span[..(whole.Length / 2)]);
        var complete = failure.Kind == FailureKind.BadChunk
            || failure is { Kind: FailureKind.CutAfter, How: CutHow.Clean };
        _response.ContentLength = complete ? _json.Length : whole.Length;
        CountFailure();
        if (failure.Kind == FailureKind.StallAfter)
        {
            await delivery.FlushAsync();
            await delivery.StayAsync();
        }
        else if (complete)
        {
            await delivery.FlushAsync();
        }
        else
        {
            if (failure.How == CutHow.Rst)
            {
                delivery.GoRaw();
            }

            await delivery.CutAsync(failure.How);
        }
    }

    private async Task PingAsync(Action<JsonText> ping)
    {
        while (true)
        {
            ping(_json);
            await delivery.FlushAsync();
            await delivery.PauseAsync(draw.Failure!.Interval);
        }
    }

    private async Task FinishFailedAsync()
    {
        CountFailure();
        await delivery.FlushAsync();
    }

    private Problem Told()
    {
        // Anthropic's word for what others call 503 is overloaded, 529.
        var status = draw.Failure!.Status;
        return Problem.Of(state.Flavour, state.Flavour.IsAnthropic && status == 503 ? 529 : status);
    }

    private void CountFailure() => state.Counters.Failed(draw.Failure!.Name);

    private void CountEnd(bool streamed)
    {
        if (draw.Failure is not null && (streamed || Kind != FailureKind.NoDone))
        {
            CountFailure();
        }

        var good = Kind is null or FailureKind.Slow || (!streamed && Kind == FailureKind.NoDone);
        if (good)
        {
            state.Counters.Succeeded(streamed, answer.PromptTokens, answer.CompletionTokens);
        }
    }
}
