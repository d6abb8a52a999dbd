using Holdfast.Gateway.Providers.Translation;

namespace Holdfast.Gateway.Providers.Anthropic;

/// <summary>
/// How much the model may think: the caller's <c>thinking</c> as it is, or what <c>reasoning_effort</c> means.
/// Models from 4.6 on take an effort and think adaptively; those before take a number of tokens, which has to stay
/// below the answer's (Anthropic, "Extended thinking" and "Effort").
/// </summary>
internal ref struct AnthropicThinking
{
    // The least that Anthropic takes.
    private const long LeastBudget = 1024;

    // Names of models that think by a number of tokens begin so; all newer ones think adaptively.
    private static readonly string[] ByBudget =
    [
        "claude-3", "claude-opus-4-0", "claude-opus-4-1", "claude-opus-4-2", "claude-opus-4-5", "claude-opus-4@",
        "claude-sonnet-4-0", "claude-sonnet-4-2", "claude-sonnet-4-5", "claude-sonnet-4@", "claude-haiku-4-5",
    ];

    private JsonView _given;
    private bool _isAdaptive;
    private long _budget;

    /// <summary><c>output_config.effort</c>; empty: not set.</summary>
    public ReadOnlySpan<byte> Effort { get; private set; }

    /// <summary>The model thinks because of <c>reasoning_effort</c>, which other options don't go with.</summary>
    public readonly bool IsByEffort => _isAdaptive || _budget > 0;

    /// <exception cref="UnsupportedFieldException">Anthropic cannot think so.</exception>
    public static AnthropicThinking Read(
        in ChatFields fields, in ChatToolChoice choice, string model, int defaultMaxTokens, Refusals refusals)
    {
        var thinking = new AnthropicThinking { _given = fields[ChatField.Thinking] };
        if (!thinking._given.IsMissing && !thinking._given.IsObject)
        {
            throw Refusals.Invalid("thinking", "it must be an object");
        }

        var effort = fields[ChatField.ReasoningEffort];
        if (effort.IsMissing || effort.Says("none"u8))
        {
            return thinking;
        }

        if (!thinking._given.IsMissing)
        {
            refusals.Option("reasoning_effort", "it says the same as thinking, and only one of them can hold");
        }
        else if (choice.IsForced)
        {
            refusals.Option("reasoning_effort", "Anthropic does not think when a tool call is required");
        }
        else if (ShareOf(effort) is not { } share)
        {
            refusals.Option("reasoning_effort", "it must be none, minimal, low, medium, high or xhigh");
        }
        else if (IsByBudget(model))
        {
            thinking.SetBudget(share, fields, defaultMaxTokens, refusals);
        }
        else
        {
            thinking._isAdaptive = true;
            // The least effort that Anthropic has a word for.
            thinking.Effort = effort.Says("minimal"u8) ? "low"u8 : effort.Text;
        }

        return thinking;
    }

    public readonly void Write(JsonOutput output)
    {
        if (!_given.IsMissing)
        {
            output.Value("thinking"u8, _given);
        }
        else if (_isAdaptive)
        {
            output.BeginObject("thinking"u8);
            output.Word("type"u8, "adaptive"u8);
            output.EndObject();
        }
        else if (_budget > 0)
        {
            output.BeginObject("thinking"u8);
            output.Word("type"u8, "enabled"u8);
            output.Number("budget_tokens"u8, _budget);
            output.EndObject();
        }
    }

    /// <summary>Hundredths of the answer's tokens; null where it is no effort.</summary>
    private static int? ShareOf(JsonView effort) =>
        effort.Says("minimal"u8) ? 10
        : effort.Says("low"u8) ? 20
        : effort.Says("medium"u8) ? 50
        : effort.Says("high"u8) ? 80
        : effort.Says("xhigh"u8) || effort.Says("max"u8) ? 95
        : null;

    private static bool IsByBudget(string model)
    {
        foreach (var name in ByBudget)
        {
            if (model.StartsWith(name, StringComparison.Ordinal))
            {
                return true;
            }
        }

        return false;
    }

    private void SetBudget(int share, in ChatFields fields, int defaultMaxTokens, Refusals refusals)
    {
        var asked = fields[ChatField.MaxCompletionTokens];
        asked = asked.IsMissing ? fields[ChatField.MaxTokens] : asked;
        if (!asked.TryGetInt64(out var tokens))
        {
            tokens = defaultMaxTokens;
        }

        if (tokens <= LeastBudget)
        {
            refusals.Option("reasoning_effort", $"to think, Anthropic needs more than {LeastBudget} tokens to answer");
        }
        else if (EndsInToolUse(fields[ChatField.Messages]))
        {
            refusals.Option(
                "reasoning_effort", "this model goes on after a tool call only with the thoughts it had before");
        }
        else
        {
            _budget = Math.Max(LeastBudget, (long)(Math.Min(tokens, int.MaxValue) * (share / 100.0)));
        }
    }

    /// <summary>The last turn of the model called tools: it has to begin with thinking that we don't have.</summary>
    private static bool EndsInToolUse(JsonView messages)
    {
        var calls = false;
        var items = new ChatMessages(messages);
        while (items.Next())
        {
            calls = items.Message.Role switch
            {
                ChatRole.Assistant => items.Message.ToolCalls is { IsArray: true, IsEmpty: false },
                ChatRole.Tool => calls,
                ChatRole.User => false,
                _ => calls,
            };
        }

        return calls;
    }
}
