using System.Buffers;
using System.Text.Json;
using Holdfast.Gateway.Calls;
using Holdfast.Gateway.Providers.Translation;

namespace Holdfast.Gateway.Providers.Gemini;

/// <summary>
/// Reads one stream of responses, each a piece of the answer, and writes OpenAI's chunks. What an event becomes is put
/// together aside and handed over when all of it was understood, so a fault never leaves half an event behind.
/// </summary>
/// <remarks>Gemini has no end marker: its stream is whole with the last finish reason.</remarks>
internal sealed class GeminiStreamReader(AnswerContext context) : ChatStreamReader(context)
{
    private readonly PooledBuffer _aside = new(1024);
    private readonly List<Choice> _choices = [];
    private CallIds? _ids;
    private GeminiUsage _usage;
    private bool _isBlocked;
    private int _characters;
    private bool _hasToken;

    public override bool IsFinished =>
        _isBlocked || (_choices.Count > 0 && _choices.TrueForAll(choice => choice.IsFinished));

    public override bool IsWhole => _isBlocked || (_choices.Count >= Context.Call.Choices && IsFinished);

    public override Usage Usage => _usage.Total;

    public override void Complete(IBufferWriter<byte> output)
    {
        base.Complete(output);
        _aside.Dispose();
    }

    protected override StreamSignal Take(JsonView data, IBufferWriter<byte> output)
    {
        _aside.Clear();
        _characters = 0;
        _hasToken = false;
        Take(GeminiResponse.Read(data));
        if (Fault is not null)
        {
            return Failed;
        }

        output.Write(_aside.WrittenSpan);
        return _hasToken ? new StreamSignal(StreamSignalKind.Token, _characters) : StreamSignal.Nothing;
    }

    private void Take(in GeminiResponse response)
    {
        if (!response.Error.IsMissing)
        {
            Fault = GeminiErrors.InBand(response.Error);
            return;
        }

        _usage.Update(response.Usage);
        if (response.IsBlocked)
        {
            TakeBlocked(response);
        }

        if (!response.HasCandidates)
        {
            return;
        }

        Begin(response);
        var items = response.Candidates.Items();
        for (var position = 0; Fault is null && items.Next(); position++)
        {
            TakeCandidate(GeminiCandidate.Read(items.Value, position));
        }
    }

    private void Begin(in GeminiResponse response)
    {
        Chunks ??= new ChatChunks(Context, response.Id, response.Model);
        _ids ??= new CallIds(Context, response.Id);
    }

    private void TakeBlocked(in GeminiResponse response)
    {
        if (_isBlocked)
        {
            return;
        }

        if (_choices.Count > 0)
        {
            Fail("The stream blocks the prompt of an answer that it began.");
            return;
        }

        Begin(response);
        _isBlocked = true;
        _hasToken = true;
        Chunks!.WriteRole(_aside);
        Chunks.WriteFinish(_aside, "content_filter"u8);
    }

    private void TakeCandidate(in GeminiCandidate candidate)
    {
        if (_isBlocked || candidate.Index >= Math.Max(1, Context.Call.Choices))
        {
            Fail("The stream has a candidate that nobody asked for.");
            return;
        }

        if (GeminiFinishReasons.IsFailure(candidate.FinishReason))
        {
            Fail($"The model went wrong: {ProviderText.Word(candidate.FinishReason)}.");
            return;
        }

        var choice = ChoiceOf(candidate.Index);
        if (choice.IsFinished)
        {
            // Counts may follow the end; nothing else does.
            if (candidate.HasParts && HasContent(candidate.Parts))
            {
                Fail("The stream goes on with a candidate that has ended.");
            }

            return;
        }

        using var logprobs = LogprobsOf(candidate);
        if (candidate.HasParts)
        {
            var parts = candidate.Parts.Items();
            while (parts.Next())
            {
                TakePart(choice, GeminiPart.Read(parts.Value), logprobs);
            }
        }

        if (!candidate.FinishReason.IsMissing)
        {
            Finish(choice, candidate.FinishReason, logprobs);
        }
    }

    private void TakePart(Choice choice, in GeminiPart part, PooledBuffer? logprobs)
    {
        switch (part.Kind)
        {
            case GeminiPartKind.Text when !part.Text.Text.IsEmpty:
                Chunks!.WriteText(
                    _aside, "\"content\":"u8, part.Text.Raw, choice.Index,
                    logprobs is null ? default : logprobs.WrittenSpan);
                logprobs?.Clear();
                Count(part.Text.Text.Length);
                break;
            case GeminiPartKind.Thought when !part.Text.Text.IsEmpty:
                Chunks!.WriteText(_aside, "\"reasoning_content\":"u8, part.Text.Raw, choice.Index);
                Count(part.Text.Text.Length);
                break;
            case GeminiPartKind.Call:
                TakeCall(choice, part);
                break;
        }
    }

    private void TakeCall(Choice choice, in GeminiPart part)
    {
        if (part.Name.IsString && (part.GoesOn || !part.PartialArgs.IsMissing))
        {
            Close(choice);
            choice.Open = new GeminiPartialCall(
                IdOf(choice, part).ToArray(), part.Name.Raw.ToArray(),
                part.Signature.IsString ? part.Signature.Raw.ToArray() : null);
        }
        else if (part.Name.IsString)
        {
            Close(choice);
            WriteCall(choice, part);
            return;
        }

        if (choice.Open is null)
        {
            // The end of a call that has ended already says nothing; more arguments for it would.
            if (!part.PartialArgs.IsMissing || !part.Args.IsMissing)
            {
                throw new JsonException("A call goes on that did not begin.");
            }

            return;
        }

        Count(choice.Open.Add(part.PartialArgs));
        if (!part.GoesOn)
        {
            Close(choice);
        }
    }

    private void WriteCall(Choice choice, in GeminiPart part)
    {
        using var arguments = new PooledBuffer(256);
        CallArguments.Write(new JsonOutput(arguments), part.Args);
        Write(choice, new WholeToolCall
        {
            Id = IdOf(choice, part),
            Name = part.Name.Raw,
            Arguments = arguments.WrittenSpan,
        }, part.Signature.IsString ? part.Signature.Raw : default);
    }

    private void Close(Choice choice)
    {
        if (choice.Open is not { } call)
        {
            return;
        }

        choice.Open = null;
        using var arguments = new PooledBuffer(256);
        call.WriteArguments(new JsonOutput(arguments));
        Write(
            choice, new WholeToolCall { Id = call.Id, Name = call.Name, Arguments = arguments.WrittenSpan },
            call.Signature);
    }

    private void Write(Choice choice, WholeToolCall call, ReadOnlySpan<byte> signature)
    {
        if (signature.IsEmpty)
        {
            Chunks!.WriteToolCall(_aside, choice.Index, choice.Calls++, call);
        }
        else
        {
            using var extra = new PooledBuffer(signature.Length + 64);
            GeminiAnswer.WriteExtra(new JsonOutput(extra), signature);
            Chunks!.WriteToolCall(
                _aside, choice.Index, choice.Calls++, call with { ExtraContent = extra.WrittenSpan });
        }

        Count(call.Arguments.Length);
    }

    private void Finish(Choice choice, JsonView reason, PooledBuffer? logprobs)
    {
        // A call that never was told to be whole is so at the end.
        Close(choice);
        choice.IsFinished = true;
        Chunks!.WriteFinish(
            _aside, GeminiFinishReasons.FinishReason(reason, choice.Calls > 0), choice.Index,
            logprobs is null ? default : logprobs.WrittenSpan);
        _hasToken = true;
    }

    private ReadOnlySpan<byte> IdOf(Choice choice, in GeminiPart part) =>
        part.Id.IsMissing ? _ids!.Of(choice.Index, choice.Calls) : part.Id.Raw;

    private static PooledBuffer? LogprobsOf(in GeminiCandidate candidate)
    {
        if (candidate.Logprobs.IsMissing)
        {
            return null;
        }

        var written = new PooledBuffer(1024);
        GeminiLogprobs.Write(new JsonOutput(written), candidate.Logprobs);
        return written;
    }

    private static bool HasContent(JsonView parts)
    {
        var items = parts.Items();
        while (items.Next())
        {
            var part = GeminiPart.Read(items.Value);
            if (part.Kind == GeminiPartKind.Call || !part.Text.Text.IsEmpty)
            {
                return true;
            }
        }

        return false;
    }

    private Choice ChoiceOf(int index)
    {
        foreach (var known in _choices)
        {
            if (known.Index == index)
            {
                return known;
            }
        }

        var choice = new Choice(index);
        _choices.Add(choice);
        Chunks!.WriteRole(_aside, index);
        return choice;
    }

    private void Count(int characters)
    {
        _characters += characters;
        _hasToken = true;
    }

    private sealed class Choice(int index)
    {
        public int Index { get; } = index;

        public bool IsFinished { get; set; }

        /// <summary>Calls that were written.</summary>
        public int Calls { get; set; }

        /// <summary>A call whose arguments are still coming.</summary>
        public GeminiPartialCall? Open { get; set; }
    }
}
