using System.Text;
using System.Text.Json;
using Holdfast.Gateway.Calls;
using Holdfast.Gateway.Providers.Continuing;

namespace Holdfast.Gateway.Tests.Providers.Continuing;

/// <summary>Messages in Anthropic's events, gone on with by another target's.</summary>
public sealed class ToldMessageTests : IDisposable
{
    private readonly ToldMessage _told = new(1024);

    [Fact]
    public void The_open_block_goes_on_and_the_message_ends_once()
    {
        Note(Start("first"), Block(0, "text"), Text(0, "It was the"));

        var events = Tell(ContinuationWay.Instruction, new Usage(30, 12),
            Start("second"), Block(0, "text"), Text(0, "was the"), Text(0, " end"), Stop(0), Ending("end_turn"),
            Event("message_stop"));

        Assert.Equal(["content_block_delta 0", "content_block_stop 0", "message_delta", "message_stop"], Names(events));
        Assert.Equal(" end", events[0].GetProperty("delta").GetProperty("text").GetString());
        Assert.Equal((30, 12), (events[2].GetProperty("usage").GetProperty("input_tokens").GetInt32(),
            events[2].GetProperty("usage").GetProperty("output_tokens").GetInt32()));
        Assert.Equal("It was the end", Encoding.UTF8.GetString(_told.Text.Span));
    }

    [Fact]
    public void Thoughts_of_a_target_that_goes_on_with_a_text_are_left_out()
    {
        Note(Start("first"), Block(0, "text"), Text(0, "It was"));

        var events = Tell(ContinuationWay.Prefix, default, Start("second"), Block(0, "thinking"),
            Event("content_block_delta", 0, "\"delta\":{\"type\":\"thinking_delta\",\"thinking\":\"Hm\"}"), Stop(0),
            Block(1, "text"), Text(1, " so"), Stop(1), Ending("end_turn"));

        Assert.Equal(["content_block_delta 0", "content_block_stop 0", "message_delta"], Names(events));
    }

    [Fact]
    public void A_message_that_broke_in_its_thoughts_begins_anew_behind_them()
    {
        Note(Start("first"), Block(0, "thinking"),
            Event("content_block_delta", 0, "\"delta\":{\"type\":\"thinking_delta\",\"thinking\":\"Hm\"}"));

        var events = Tell(ContinuationWay.Instruction, default,
            Start("second"), Block(0, "text"), Text(0, "Yes"), Stop(0), Ending("end_turn"));

        Assert.Equal(["content_block_stop 0", "content_block_start 1", "content_block_delta 1", "content_block_stop 1",
            "message_delta"], Names(events));
    }

    [Fact]
    public void A_tool_that_is_called_after_the_text_gets_the_next_number_and_is_not_gone_on_with()
    {
        Note(Start("first"), Block(0, "text"), Text(0, "Look:"));

        var events = Tell(ContinuationWay.Prefix, default, Start("second"),
            Block(0, "tool_use"), Event("content_block_delta", 0,
                "\"delta\":{\"type\":\"input_json_delta\",\"partial_json\":\"{}\"}"), Stop(0), Ending("tool_use"));

        Assert.Equal(["content_block_stop 0", "content_block_start 1", "content_block_delta 1", "content_block_stop 1",
            "message_delta"], Names(events));
        Assert.NotNull(_told.Obstacle);
    }

    [Fact]
    public void What_the_seam_held_back_comes_before_the_end()
    {
        Note(Start("first"), Block(0, "text"), Text(0, "It was the"));

        var events = Tell(ContinuationWay.Instruction, default,
            Start("second"), Block(0, "text"), Text(0, "was"), Stop(0), Ending("max_tokens"));

        Assert.Equal(["content_block_delta 0", "content_block_stop 0", "message_delta"], Names(events));
        Assert.Equal("was", events[0].GetProperty("delta").GetProperty("text").GetString());
        Assert.Equal("max_tokens", events[2].GetProperty("delta").GetProperty("stop_reason").GetString());
    }

    [Fact]
    public void A_message_that_had_nothing_left_to_say_is_closed()
    {
        Note(Start("first"), Block(0, "text"), Text(0, "It was the end."));

        var events = Tell(ContinuationWay.Prefix, default, Start("second"), Ending("end_turn"));

        Assert.Equal(["content_block_stop 0", "message_delta"], Names(events));
    }

    [Fact]
    public void An_event_in_several_lines_goes_on_in_one()
    {
        Note(Start("first"), Block(0, "text"), Text(0, "It was"));

        var events = Tell(ContinuationWay.Prefix, default, Start("second"), Block(0, "text"),
            Text(0, " the end").Replace(",\"delta\"", ",\ndata: \"delta\"", StringComparison.Ordinal));

        Assert.Equal(" the end", events[0].GetProperty("delta").GetProperty("text").GetString());
    }

    [Fact]
    public void It_can_be_cut_again()
    {
        Note(Start("first"), Block(0, "text"), Text(0, "It was"));
        Tell(ContinuationWay.Prefix, default, Start("second"), Block(0, "text"), Text(0, " the"));

        var events = Tell(ContinuationWay.Instruction, default,
            Start("third"), Block(0, "text"), Text(0, "It was the end"), Stop(0), Ending("end_turn"));

        Assert.Equal(" end", events[0].GetProperty("delta").GetProperty("text").GetString());
        Assert.Equal("It was the end", Encoding.UTF8.GetString(_told.Text.Span));
    }

    public void Dispose() => _told.Dispose();

    private static string Start(string id) => Event("message_start", null,
        $"\"message\":{{\"id\":\"{id}\",\"content\":[],\"usage\":{{\"input_tokens\":3}}}}");

    private static string Block(int index, string type) => Event("content_block_start", index,
        $"\"content_block\":{{\"type\":\"{type}\"{(type == "text" ? ",\"text\":\"\"" : "")}}}");

    private static string Text(int index, string text) => Event("content_block_delta", index,
        $"\"delta\":{{\"type\":\"text_delta\",\"text\":\"{text}\"}}");

    private static string Stop(int index) => Event("content_block_stop", index);

    private static string Ending(string reason) => Event("message_delta", null,
        $"\"delta\":{{\"stop_reason\":\"{reason}\"}},\"usage\":{{\"output_tokens\":1}}");

    private static string Event(string type, int? index = null, string? more = null) =>
        $"event: {type}\ndata: {{\"type\":\"{type}\"{(index is null ? "" : $",\"index\":{index}")}"
        + $"{(more is null ? "" : "," + more)}}}\n\n";

    private static IEnumerable<string> Names(IEnumerable<JsonElement> events) => events.Select(one =>
        one.GetProperty("type").GetString() + (one.TryGetProperty("index", out var index) ? " " + index : ""));

    private void Note(params string[] events) => _told.Note(Encoding.UTF8.GetBytes(string.Concat(events)));

    private List<JsonElement> Tell(ContinuationWay way, Usage usage, params string[] events)
    {
        using var output = new PooledBuffer();
        _told.GoOn(way);
        foreach (var one in events)
        {
            _told.Tell(Encoding.UTF8.GetBytes(one), () => usage, output);
        }

        return [.. Encoding.UTF8.GetString(output.WrittenSpan).Split("\n\n", StringSplitOptions.RemoveEmptyEntries)
            .Select(one => JsonElement.Parse(one.Split('\n')[1]["data: ".Length..]))];
    }
}
