using System.Text.Json;
using System.Text.RegularExpressions;
using Holdfast.Gateway.Calls;

namespace Holdfast.Gateway.Validation;

/// <summary>
/// Says whether an answer is what its route calls a good one. Every choice is checked; one without text of its own (a
/// refusal, a filtered answer, a call of a tool, speech) is an answer as it is. Thread-safe.
/// </summary>
/// <remarks>Its messages never hold what an answer said: they go into the log.</remarks>
internal sealed class AnswerValidator(ValidationOptions options, TimeProvider time)
{
    private readonly bool _mayBacktrack =
        options.Pattern is { MayBacktrack: true } || options.Schema is { MayBacktrack: true };

    // A route never has all the places where there are several, and queues for them with one check, not with hundreds:
    // other routes' checks come in between.
    private readonly CheckPlaces _ofRoute = new(Math.Max(1, options.Places.Count / 2));

    public ValidationOptions Options => options;

    /// <summary>
    /// Whether a check may have to wait for a place; otherwise <see cref="CheckAsync"/> is done when it returns.
    /// </summary>
    public bool MayWait => _mayBacktrack;

    /// <summary>
    /// The same as <see cref="Check(CallRequest, ReadOnlyMemory{byte})"/>, but a check that may backtrack waits for a
    /// place.
    /// </summary>
    /// <param name="call">The call that it answers.</param>
    /// <param name="answer">In the call's dialect: a whole answer, or all the events of a stream.</param>
    /// <param name="cancellation">Ends the wait, not a check that has begun.</param>
    /// <exception cref="OperationCanceledException">No place came free in time.</exception>
    public ValueTask<string?> CheckAsync(
        CallRequest call, ReadOnlyMemory<byte> answer, CancellationToken cancellation) =>
        _mayBacktrack ? CheckInTurnAsync(call, answer, cancellation) : new(Check(call, answer));

    /// <summary>Null, or why the answer is not good.</summary>
    /// <param name="call">
    /// The call that it answers. Its body is not read: a check that lost a race may outlast it.
    /// </param>
    /// <param name="answer">In the call's dialect: a whole answer, or all the events of a stream.</param>
    public string? Check(CallRequest call, ReadOnlyMemory<byte> answer)
    {
        if (call.Operation is not (Operation.ChatCompletions or Operation.Responses))
        {
            // What is no text of a model's is as its provider made it.
            return null;
        }

        if (answer.Length > options.MaxBytes)
        {
            return TooLarge;
        }

        try
        {
            var choices = TextsOf(call, answer);
            foreach (var (index, choice) in choices)
            {
                // Where the caller set the limit that cut its answer off, that is its own doing, and no reason to ask
                // other providers.
                if (!choice.IsOfOtherKind && Check(choice.Text) is { } failure
                    && !(choice.IsCutByLength && call.MaxOutputTokens is not null))
                {
                    return index == 0 && choices.Count == 1 ? failure : $"choice {index}: {failure}";
                }
            }

            return null;
        }
        catch (Exception unreadable) when (unreadable is JsonException or InvalidOperationException)
        {
            // The latter is System.Text.Json's word for half a surrogate pair.
            return "the answer cannot be read, or has a key twice";
        }
    }

    /// <summary>What is said of an answer that is too large to be checked.</summary>
    public string TooLarge => $"the answer is larger than {options.MaxBytes} bytes, the most that is checked";

    private async ValueTask<string?> CheckInTurnAsync(
        CallRequest call, ReadOnlyMemory<byte> answer, CancellationToken cancellation)
    {
        await _ofRoute.EnterAsync(cancellation);
        try
        {
            await options.Places.EnterAsync(cancellation);
            try
            {
                return Check(call, answer);
            }
            finally
            {
                options.Places.Leave();
            }
        }
        finally
        {
            _ofRoute.Leave();
        }
    }

    private static SortedDictionary<int, AnswerText> TextsOf(CallRequest call, ReadOnlyMemory<byte> answer) =>
        call.Dialect == Dialect.Anthropic
            ? call.Stream ? AnthropicTexts.OfStream(answer) : AnthropicTexts.OfAnswer(answer)
        : call.Dialect == Dialect.Responses
            ? call.Stream ? ResponsesTexts.OfStream(answer) : ResponsesTexts.OfAnswer(answer)
        : call.Stream ? OpenAiTexts.OfStream(answer) : OpenAiTexts.OfAnswer(answer);

    private string? Check(string text)
    {
        if (AnswerText.Characters(text.AsSpan().Trim()) < options.MinLength)
        {
            return $"the text has fewer than {options.MinLength} characters";
        }

        try
        {
            if (options.Pattern?.IsMatch(text) == false)
            {
                return "the text does not match the pattern";
            }
        }
        catch (RegexMatchTimeoutException)
        {
            return $"the pattern did not end within {TextPattern.Timeout.TotalMilliseconds} ms";
        }

        return options.Schema?.Check(text, time) is { } failure ? $"the schema: {failure}" : null;
    }
}
